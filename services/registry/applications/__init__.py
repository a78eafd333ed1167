"""Applications: records whose approval changes the record of a provider; one mechanism for every kind."""
