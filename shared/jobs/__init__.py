"""Long work in slices: a job is a row with a cursor, a lease and progress; it survives crashes and replicas."""
