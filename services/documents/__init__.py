"""The documents service: what is on paper (uploads, letters, recognition)."""
