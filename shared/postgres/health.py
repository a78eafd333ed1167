"""Checks that Postgres answers."""

from shared.postgres.transaction import UnitOfWork


class PostgresHealth:
    """Checks a connection of the requests' pool, so that an exhausted pool is detected too."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    async def check(self) -> str | None:
        """Returns None, or raises what is wrong; the caller sets the time-out."""
        async with self._work.reading() as rows:
            await rows.fetchval("SELECT true")
        return None
