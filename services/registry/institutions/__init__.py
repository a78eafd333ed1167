"""Institutions: found or added, described by their maintainers, filed for review, in force once approved."""
