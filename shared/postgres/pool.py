"""Connections to a service's own schema."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import orjson

Pool = asyncpg.Pool
Connection = asyncpg.Connection


def as_json(value: object) -> str:
    """A Python value as a JSON column takes it."""
    return orjson.dumps(value, default=str).decode()


async def _with_codecs(connection: Any) -> None:
    """JSON columns come and go as Python values."""
    for name in ("json", "jsonb"):
        await connection.set_type_codec(
            name,
            schema="pg_catalog",
            encoder=as_json,
            decoder=orjson.loads,
        )


async def _as_it_is(_: Any) -> None:
    """Nothing we do changes a session, so none is reset: the driver's own reset costs a round trip each time.

    What must change one (a lock held for long, LISTEN) is done on a `single_connection`; the driver still ends
    a transaction that was left open.
    """


def session_settings(schema: str) -> dict[str, str]:
    """What each connection is set to: the service's schema and limits on how long it may hold things up."""
    return {
        "search_path": schema,
        "application_name": f"fuma-{schema}",
        "timezone": "UTC",
        "idle_in_transaction_session_timeout": "60000",
        "lock_timeout": "10000",
        "statement_timeout": "30000",
        "jit": "off",
    }


class NoConnectionFree(TimeoutError):
    """All connections of a pool are in use, for as long as a request can wait."""


@asynccontextmanager
async def free_connection(pool: Pool, wait_seconds: float | None) -> AsyncIterator[Any]:
    """A connection of the pool; raises NoConnectionFree where none comes free in time, None waits without end."""
    try:
        connection = await pool.acquire(timeout=wait_seconds)
    except TimeoutError as error:
        raise NoConnectionFree from error
    try:
        yield connection
    finally:
        await pool.release(connection)


@asynccontextmanager
async def connected(dsn: str, schema: str, connections: int) -> AsyncIterator[Pool]:
    """A pool on the service's schema, closed at the end."""
    pool = await asyncpg.create_pool(
        dsn,
        min_size=1,
        max_size=connections,
        server_settings=session_settings(schema),
        init=_with_codecs,
        reset=_as_it_is,
        command_timeout=35,
    )
    try:
        yield pool
    finally:
        await pool.close()


async def single_connection(dsn: str, schema: str, settings: Mapping[str, str] | None = None) -> Connection:
    """A connection of its own, for what must hold on to one (the relay's leadership)."""
    return await asyncpg.connect(
        dsn, server_settings={**session_settings(schema), **(settings or {})}, command_timeout=35
    )
