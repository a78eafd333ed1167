"""Retail pharmacies: their form, and the rules that are theirs alone. All else is in `records` and `providers`."""
