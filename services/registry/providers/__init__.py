"""What institutions and pharmacies, the two kinds of providers, have in common: fields, numbers, approval."""
