"""Figures, each beside the ceiling of the bare libraries in the same run."""
