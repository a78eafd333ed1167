"""The SQL of the review service: units, locked cases, and reading."""
