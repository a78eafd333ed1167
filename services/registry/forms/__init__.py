"""Forms as clients read them."""
