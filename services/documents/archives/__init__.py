"""Zip archives of papers: each paper in one becomes a document of its own (IMP-7)."""
