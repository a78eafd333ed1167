"""A projection of who maintains which provider, for every service that decides visibility by it."""
