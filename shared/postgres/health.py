"""Whether Postgres answers: what every request of a service needs."""

from shared.postgres.transaction import UnitOfWork


class PostgresHealth:
    """Asks on a connection of the requests' pool, so that one that is used up shows too."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    async def check(self) -> str | None:
        """None, or raises what is wrong; the caller bounds the time."""
        async with self._work.reading() as rows:
            await rows.fetchval("SELECT true")
        return None
