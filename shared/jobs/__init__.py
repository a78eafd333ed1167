"""Jobs: long work in slices; a job is a row with a cursor, a lease and its progress, and survives crashes."""
