"""Signing in: whose username and password they are, and whether the second factor is proved (ACC-11)."""
