"""Patience with wrong passwords: the more fail, the longer the wait."""
