"""Callers, passwords, signed tokens, and encryption of personal data."""
