"""Where a case goes and who may send it there: plain functions on plain data."""
