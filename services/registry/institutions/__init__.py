"""Medical institutions: their form, and the rules that are theirs alone. All else is in `records`."""
