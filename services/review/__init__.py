"""Reviews filings: their way through the units, from the county to the nation."""
