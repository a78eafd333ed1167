"""Reviewed records: one mechanism for every kind that is added, edited, submitted, reviewed and put in force.

A kind is a `Subject`: a form, its own rules and a few lines. `routes_for` gives it the HTTP interface, `following`
lets it follow its reviews and its code; its tables are made by `make_record_tables(kind)` in a migration.
"""
