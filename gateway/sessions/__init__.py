"""Sessions: who is signed in, and the short-lived tokens for the services."""
