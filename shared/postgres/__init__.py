"""Postgres for every service: a pool, migrations, and one transaction for each use case."""
