"""Forgotten passwords, reset by security questions or by a unit of the region (ACC-5, ACC-6)."""
