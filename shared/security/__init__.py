"""Who is calling, and what must not be read by everybody."""
