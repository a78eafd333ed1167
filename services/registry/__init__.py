"""Who and what is on record: regions, units, accounts, authorisations, institutions."""
