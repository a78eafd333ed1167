"""Forms as clients read them: descriptions and dictionaries."""
