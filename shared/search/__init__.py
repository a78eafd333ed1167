"""Search by parts of text: finds names and numbers by any part of them, in a table of millions."""
