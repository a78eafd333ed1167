"""Workbooks of strangers: read in a worker of the pool, answered as rows of cells."""
