"""Standard identifiers: region codes, credit codes, citizen IDs, licence numbers, insurance codes."""
