"""The second factor of units' accounts: time-based codes and recovery codes (ACC-11)."""
