"""Search by parts of text: names and numbers are found by any part of them, in a table of millions."""
