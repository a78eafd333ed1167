"""Rate limits of addresses and accounts: budgets that refill, stored in Postgres for all replicas."""
