"""Authorisations: which account may maintain which providers, by a stamped letter that the nation reviews."""
