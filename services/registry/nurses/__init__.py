"""Nurses of medical institutions."""
