"""Everything that happened, kept in the order in which it became known here."""
