"""Connection pools on a service's own schema."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import orjson

Pool = asyncpg.Pool
Connection = asyncpg.Connection


def as_json(value: object) -> str:
    """Encodes a Python value as a JSON column takes it."""
    return orjson.dumps(value, default=str).decode()


async def _with_codecs(connection: Any) -> None:
    """Sets the codecs that convert JSON columns to and from Python values."""
    for name in ("json", "jsonb"):
        await connection.set_type_codec(
            name,
            schema="pg_catalog",
            encoder=as_json,
            decoder=orjson.loads,
        )


async def _without_reset(_: Any) -> None:
    """Skips the driver's reset, which costs a round trip: no code changes the state of a pooled session.

    A session that changes its state (a long-held lock, LISTEN) is a `single_connection`; the driver still ends a
    transaction that was left open.
    """


def session_settings(schema: str) -> dict[str, str]:
    """Returns the settings of each connection: the service's schema and its time limits."""
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
    """All connections of a pool stay in use for as long as a request can wait."""


@asynccontextmanager
async def free_connection(pool: Pool, wait_seconds: float | None) -> AsyncIterator[Any]:
    """Acquires a connection; raises NoConnectionFree after the time-out, None waits without a limit."""
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
    """Opens a pool on the service's schema and closes it at the end."""
    pool = await asyncpg.create_pool(
        dsn,
        min_size=1,
        max_size=connections,
        server_settings=session_settings(schema),
        init=_with_codecs,
        reset=_without_reset,
        command_timeout=35,
    )
    try:
        yield pool
    finally:
        await pool.close()


async def single_connection(dsn: str, schema: str, settings: Mapping[str, str] | None = None) -> Connection:
    """Opens a connection outside the pool, for work that holds one (the relay's leadership)."""
    return await asyncpg.connect(
        dsn, server_settings={**session_settings(schema), **(settings or {})}, command_timeout=35
    )
