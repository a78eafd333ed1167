"""Which contracts an institution has: agencies, agreements, their entry into the official library."""
