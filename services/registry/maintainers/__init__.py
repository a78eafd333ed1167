"""Who may change what: the maintainers of providers, each with the parts that an authorisation opened."""
