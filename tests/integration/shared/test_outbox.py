"""Reading the outbox: no event is missed or read twice, and dead rows cost nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import orjson
import pytest

from shared.messaging import health, outbox
from shared.messaging.health import OutboxHealth
from shared.messaging.outbox import Cursor
from shared.postgres.pool import connected, single_connection
from shared.postgres.transaction import UnitOfWork
from tests.environment import Environment
from tests.integration.shared.fakes import NAME, built

_RECORD_AT = """
INSERT INTO outbox (position, event_id, type, subject_id, subject_version, region,
                    correlation_id, causation_id, traceparent, happened_at, body)
OVERRIDING SYSTEM VALUE
VALUES ($1, gen_random_uuid(), 'coding.code.assigned.v1', gen_random_uuid(), 1, '430302', '', '', '', now(), '{}')
"""
_RECORD = """
INSERT INTO outbox (event_id, type, subject_id, subject_version, region,
                    correlation_id, causation_id, traceparent, happened_at, body)
SELECT gen_random_uuid(), 'coding.code.assigned.v1', gen_random_uuid(), 1, '430302', '', '', '', now(), '{}'
FROM generate_series(1, $1) RETURNING position
"""


@asynccontextmanager
async def session(environment: Environment) -> AsyncIterator[asyncpg.Connection]:
    """A database session like the relay's."""
    connection = await single_connection(environment.dsn(NAME), NAME, outbox.session_settings(60))
    try:
        yield connection
    finally:
        await connection.close()


async def record(connection: asyncpg.Connection, count: int = 1) -> list[int]:
    """Records this number of events and returns their positions."""
    return [row["position"] for row in await connection.fetch(_RECORD, count)]


async def read(connection: asyncpg.Connection, cursor: Cursor, limit: int) -> tuple[list[int], Cursor]:
    """The next positions, and the cursor after them."""
    rows = await outbox.waiting(connection, cursor, limit)
    return [row["position"] for row in rows], cursor.after(rows, limit)


async def blocks_read(connection: asyncpg.Connection, cursor: Cursor) -> int:
    """The number of blocks that Postgres reads for the next events."""
    arguments = (cursor.position, list(cursor.running), cursor.next_transaction, 500)
    return await blocks_of(connection, outbox._NEXT, *arguments)


async def blocks_of(connection: asyncpg.Connection, statement: str, *arguments: object) -> int:
    """The number of blocks that Postgres reads for a statement."""
    explain = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}"
    plan = orjson.loads(await connection.fetchval(explain, *arguments))[0]["Plan"]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


async def test_an_event_that_commits_behind_the_cursor_is_read_next_and_once(environment: Environment) -> None:
    await built(environment)
    async with session(environment) as relay, session(environment) as writer, session(environment) as late:
        transaction = late.transaction()
        await transaction.start()
        below = await record(late, 3)
        above = await record(writer, 2)
        positions, cursor = await read(relay, Cursor(), 10)
        assert positions == above
        assert await read(relay, cursor, 10) == ([], cursor)
        await transaction.commit()
        above = await record(writer, 2)
        # More than fit: the cursor steps back, and goes on from there.
        positions, cursor = await read(relay, cursor, 2)
        assert positions == below[:2]
        await outbox.delete(relay, [*range(below[2] + 1, above[0]), *positions])
        positions, cursor = await read(relay, cursor, 10)
        assert positions == [below[2], *above]
        assert (await read(relay, cursor, 10))[0] == []


async def test_an_event_recorded_below_the_cursor_by_a_later_transaction_is_found(
    environment: Environment,
) -> None:
    """A position can be drawn before the transaction has its number, which is then beyond the snapshot."""
    await built(environment)
    async with session(environment) as relay, session(environment) as writer:
        lower = await writer.fetchval("SELECT nextval('outbox_position_seq')")
        upper = await record(writer)
        positions, cursor = await read(relay, Cursor(), 10)
        assert positions == upper
        await writer.execute(_RECORD_AT, lower)
        assert (await read(relay, cursor, 10))[0] == [lower]


async def test_reading_costs_the_same_however_many_dead_rows_a_long_transaction_keeps(
    environment: Environment,
) -> None:
    await built(environment)
    kinds = ("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM outbox", "BEGIN; SELECT pg_current_xact_id()")
    for opening in kinds:
        async with session(environment) as relay, session(environment) as writer, session(environment) as long:
            await long.execute(opening)
            await record(writer)
            _, cursor = await read(relay, Cursor(), 500)
            before = await blocks_read(relay, cursor)
            for _ in range(20):
                await outbox.delete(relay, await _all(relay))
                await record(writer, 500)
                _, cursor = await read(relay, cursor, 500)
            assert await blocks_read(relay, Cursor()) > before + 100, "the dead rows are there"
            assert await blocks_read(relay, cursor) <= before + 20, opening


async def test_the_health_check_costs_the_same_however_many_dead_rows_there_are(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "SETTLED_SECONDS", 0.0)
    await built(environment)
    async with connected(environment.dsn(NAME), NAME, 1) as pool, session(environment) as long:
        check = OutboxHealth(NAME, UnitOfWork(pool))
        await long.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM outbox")
        async with session(environment) as writer, environment.postgres(NAME) as reader:
            for _ in range(20):
                await record(writer, 500)
                await outbox.delete(writer, await _all(writer))
            assert [await check.check() for _ in range(2)] == [None, None]
            assert await blocks_of(reader, outbox._OLDEST, 0) > 100, "the dead rows are there"
            assert await blocks_of(reader, outbox._OLDEST, check.from_position) < 20
            [waiting] = await record(writer)
            await writer.execute("UPDATE outbox SET happened_at = now() - interval '2 minutes'")
            assert ["120 s" in str(await check.check()) for _ in range(4)] == [True] * 4
            assert check.from_position == waiting


async def _all(connection: asyncpg.Connection) -> list[Any]:
    return [row["position"] for row in await connection.fetch("SELECT position FROM outbox")]
