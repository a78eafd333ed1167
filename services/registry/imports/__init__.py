"""Import of workbooks: many records at once, each wrong cell named, all or the good rows (IMP-1 to IMP-8)."""
