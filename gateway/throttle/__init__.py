"""How much an address or an account may ask for: budgets that refill, kept in Postgres for all replicas."""
