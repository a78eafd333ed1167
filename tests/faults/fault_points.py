"""Fault points: they stop a service in the middle of its work, so that a fault hits it there."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum

import asyncpg

from tests.environment import until

_KEY = 20_260_622
_FAULTS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
_CAUGHT = """
SELECT count(*) FROM pg_locks WHERE NOT granted
AND (relation = $1::regclass OR (locktype = 'advisory' AND objid = $2))
"""
_END = """
SELECT pg_terminate_backend(pid, 10000) FROM pg_locks WHERE NOT granted AND locktype = 'advisory' AND objid = $1
"""


class Point(StrEnum):
    """The point at which the work stops."""

    RECORDING = "recording"
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True)
class Held:
    """A service whose outbox is blocked."""

    watching: asyncpg.Connection
    table: str

    async def caught(self, number: int = 1) -> None:
        """Waits until this number of transactions is blocked."""

        async def look() -> bool:
            waiting: int = await self.watching.fetchval(_CAUGHT, self.table, _KEY)
            return waiting >= number

        await until(look, seconds=60, what=f"work held at {self.table}")


@asynccontextmanager
async def held(dsn: str, service: str, point: Point = Point.RECORDING) -> AsyncIterator[Held]:
    """Stops a service's transactions at their first event, before the commit; or its relay after the confirms,
    before it deletes the events from the outbox.

    The work continues when the block ends, unless the fault ended the server.
    """
    table = f"{service}.outbox"
    holding, watching = await asyncpg.connect(dsn), await asyncpg.connect(dsn)
    try:
        if point is Point.RECORDING:
            await holding.execute(f"BEGIN; LOCK TABLE {table} IN SHARE MODE")
        else:
            await _hold_deletion(holding, service)
        yield Held(watching, table)
        with contextlib.suppress(*_FAULTS):
            await _let_go(holding, service, point)
    finally:
        for connection in (holding, watching):
            connection.terminate()


async def _hold_deletion(holding: asyncpg.Connection, service: str) -> None:
    await holding.execute(f"SELECT pg_advisory_lock({_KEY})")
    await holding.execute(f"""
        CREATE FUNCTION {service}.hold() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN PERFORM pg_advisory_xact_lock_shared({_KEY}); RETURN NULL; END $$;
        CREATE TRIGGER hold BEFORE DELETE ON {service}.outbox FOR EACH STATEMENT EXECUTE FUNCTION {service}.hold();
    """)


async def _let_go(holding: asyncpg.Connection, service: str, point: Point) -> None:
    if point is Point.RECORDING:
        await holding.execute("ROLLBACK")
        return
    # The server would still carry out what a dead client has asked for: its session ends with it.
    await holding.execute(_END, _KEY)
    await holding.execute(f"SELECT pg_advisory_unlock({_KEY})")
    async with asyncio.timeout(30):
        await holding.execute(f"DROP FUNCTION {service}.hold() CASCADE")
