"""The HTTP interface: who is calling, where it goes, what the interfaces look like, everything that happened."""
