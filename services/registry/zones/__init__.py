"""Development zones: a city applies for one, the nation reviews it, and it becomes an insurance region (REG-2)."""
