"""Physicians of medical institutions."""
