"""The rules of review: pure functions that decide where a case goes and who may send it there."""
