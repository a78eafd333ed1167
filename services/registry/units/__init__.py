"""Insurance units at their four levels, from the nation down (ACC-9)."""
