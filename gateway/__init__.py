"""The one HTTP door: who is calling, where it goes, what the interfaces look like, everything that happened."""
