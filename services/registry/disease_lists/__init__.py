"""A city's lists of diseases, its counties' too, each disease with its policy document (CAT-1)."""
