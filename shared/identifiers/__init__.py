"""The field's identifiers: regions, credit codes, citizen IDs, licence numbers, insurance codes."""
