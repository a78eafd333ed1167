"""Which contracts a provider has: agencies, agreements, their entry into the official library."""
