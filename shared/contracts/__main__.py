"""`python -m shared.contracts` writes the schemas of all events anew."""

from shared.contracts.catalogue import write_schemas

write_schemas()
