"""Postgres as every service uses it: a pool, migrations, and one transaction for each use case."""
