"""Every SQL statement of the agreements service, by what it is about."""
