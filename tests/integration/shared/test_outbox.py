"""Reading the outbox: no event is missed or read twice, and dead rows cost nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import orjson

from shared.messaging import outbox
from shared.messaging.outbox import Cursor
from shared.postgres.pool import single_connection
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
    statement = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {outbox._NEXT}"
    arguments = (cursor.position, list(cursor.running), cursor.next_transaction, 500)
    plan = orjson.loads(await connection.fetchval(statement, *arguments))[0]["Plan"]
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


async def _all(connection: asyncpg.Connection) -> list[Any]:
    return [row["position"] for row in await connection.fetch("SELECT position FROM outbox")]
