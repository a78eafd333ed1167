"""Every SQL statement of the documents service, by what it is about."""
