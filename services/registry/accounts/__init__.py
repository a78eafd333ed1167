"""Accounts: who registers, how they prove who they are, and whether the nation approved them (ACC-1, ACC-2)."""
