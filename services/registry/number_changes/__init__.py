"""Number changes (证号变更): new credit code and licence number of a coded provider; the code stays (INS-4)."""
