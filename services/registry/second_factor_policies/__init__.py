"""For which levels and roles the nation's unit demands a second factor (ACC-11)."""
