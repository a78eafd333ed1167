"""Authorisations: which account may maintain which institutions, by a stamped letter that the nation reviews."""
