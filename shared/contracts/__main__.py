"""`python -m shared.contracts` regenerates the JSON Schemas of all events."""

from shared.contracts.catalogue import write_schemas

write_schemas()
