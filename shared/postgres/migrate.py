"""Forward-only migrations: plain SQL files, applied once each, under a lock, with checksums.

Files are named `NNNN_pre_what.sql` (expand: runs before the new code starts; the old code goes on beside it)
or `NNNN_post_what.sql` (contract: runs after the old code has gone). A deployment runs the phases apart; without
a phase both run, in the order of the numbers. A file that was applied and then edited is refused.

A file runs in a transaction of its own, with short limits on locks and statements, since whoever waits for a
lock makes all others wait behind it. A file whose first line is `-- no transaction` holds one statement that
cannot run in one (`CREATE INDEX CONCURRENTLY`), without these limits. Filling in many rows is a job: the
migration inserts a row into `job`, and the service works it off in slices.
"""

import asyncio
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol

import asyncpg
import structlog

from shared.postgres.pool import session_settings

log = structlog.get_logger()

KIT = Path(__file__).parent / "migrations"
LOCK_MS, STATEMENT_MS = 4_000, 30_000
LOCK_ATTEMPTS, LOCK_PAUSE_SECONDS = 10, 1.0
NO_TRANSACTION = "-- no transaction"
_NAME = re.compile(r"\d{4}_(?P<phase>pre|post)_[a-z0-9_]+\.sql")
_STATEMENT_END = re.compile(r";\s*(?!\s*(--|$))", re.MULTILINE)
_ALONE = "SELECT pg_try_advisory_lock(hashtext('migrate ' || $1))"
_LEDGER = """
CREATE TABLE IF NOT EXISTS migration (
    origin     text        NOT NULL,
    name       text        NOT NULL,
    checksum   text        NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (origin, name)
)
"""
_HAS_LEDGER = "SELECT to_regclass('migration') IS NOT NULL"
_APPLIED = "SELECT origin, name, checksum FROM migration"
_NOTE = "INSERT INTO migration (origin, name, checksum) VALUES ($1, $2, $3)"
# An interrupted CREATE INDEX CONCURRENTLY leaves an invalid index, which blocks the name.
_INVALID_INDEXES = """
SELECT class.relname FROM pg_index JOIN pg_class AS class ON class.oid = indexrelid
WHERE NOT indisvalid AND class.relnamespace = current_schema()::regnamespace
"""


class Phase(StrEnum):
    """The phase of a migration: before the new code starts, or after the old code has gone."""

    PRE = "pre"
    POST = "post"


class MigrationRefused(Exception):
    """A migration's file has a wrong name or content, or was edited after it had been applied."""


class SchemaBehind(Exception):
    """The schema lacks migrations that this code needs."""

    def __init__(self, schema: str, names: Sequence[str]) -> None:
        super().__init__(f"schema {schema} lacks {', '.join(names)}: run the command `migrate` first")


@dataclass(frozen=True, slots=True)
class Migration:
    """One migration file, of the kit or of the service."""

    origin: str
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """The SHA-256 of the file's text."""
        return hashlib.sha256(self.sql.encode()).hexdigest()

    @property
    def phase(self) -> Phase:
        """The phase in the file's name."""
        named = _NAME.fullmatch(self.name)
        if named is None:
            raise MigrationRefused(f"{self.name} is not named NNNN_pre_what.sql or NNNN_post_what.sql")
        return Phase(named["phase"])

    @property
    def in_transaction(self) -> bool:
        """Whether it runs in a transaction."""
        return not self.sql.startswith(NO_TRANSACTION)


class _Rows(Protocol):
    async def fetch(self, query: str, *args: Any) -> list[Any]: ...

    async def fetchval(self, query: str, *args: Any) -> Any: ...


def found(origin: str, folder: Path) -> list[Migration]:
    """Lists the folder's migrations in order; raises MigrationRefused for an invalid name or content."""
    migrations = [Migration(origin, file.name, file.read_text("utf-8")) for file in sorted(folder.glob("*.sql"))]
    for one in migrations:
        one.phase  # noqa: B018 - refuses a name without a phase
        if not one.in_transaction and _STATEMENT_END.search(one.sql.split("\n", 1)[-1].strip()):
            raise MigrationRefused(f"{one.name} holds more than one statement, which needs a transaction")
    for one, following in pairwise(migrations):
        if one.name[:4] == following.name[:4]:
            raise MigrationRefused(f"{one.name} and {following.name} have the same number")
    return migrations


async def migrate(dsn: str, schema: str, folder: Path, phase: Phase | None = None) -> list[str]:
    """Applies and returns the missing migrations of a phase (or of both); the role must own the schema."""
    connection = await asyncpg.connect(dsn, server_settings=_limits(schema, LOCK_MS, STATEMENT_MS))
    try:
        # Polled: a session that waits for a lock would be ended by its own time limits.
        while not await connection.fetchval(_ALONE, schema):
            await asyncio.sleep(0.1)
        await connection.execute(_LEDGER)
        done = []
        for migration in await _missing(connection, schema, folder):
            if phase in (None, migration.phase):
                await _apply(connection, migration)
                done.append(f"{migration.origin}/{migration.name}")
        return done
    finally:
        await connection.close()


async def check_schema(rows: _Rows, schema: str, folder: Path) -> None:
    """Raises SchemaBehind if a migration of the phase `pre` is missing.

    A schema that is ahead is accepted: an older version runs beside a newer one.
    """
    behind = [one.name for one in await _missing(rows, schema, folder) if one.phase is Phase.PRE]
    if behind:
        raise SchemaBehind(schema, behind)


async def _missing(rows: _Rows, schema: str, folder: Path) -> list[Migration]:
    applied: dict[tuple[str, str], str] = {}
    if await rows.fetchval(_HAS_LEDGER):
        applied = {(row["origin"], row["name"]): row["checksum"] for row in await rows.fetch(_APPLIED)}
    missing = []
    for migration in [*found("kit", KIT), *found(schema, folder)]:
        known = applied.get((migration.origin, migration.name))
        if known is None:
            missing.append(migration)
        elif known != migration.checksum:
            raise MigrationRefused(f"{migration.name} was edited after it had been applied")
    return missing


async def _apply(connection: asyncpg.Connection, migration: Migration) -> None:
    if not migration.in_transaction:
        await _apply_outside_transaction(connection, migration)
        return
    for attempt in range(1, LOCK_ATTEMPTS + 1):
        try:
            async with connection.transaction():
                await connection.execute(migration.sql)
                await connection.execute(_NOTE, migration.origin, migration.name, migration.checksum)
        except asyncpg.LockNotAvailableError:
            # Other sessions proceed during the pause; the next attempt may find the table free.
            log.warning("migration_waits_for_lock", name=migration.name, attempt=attempt)
            if attempt == LOCK_ATTEMPTS:
                raise
            await asyncio.sleep(LOCK_PAUSE_SECONDS)
        else:
            return


async def _apply_outside_transaction(connection: asyncpg.Connection, migration: Migration) -> None:
    await connection.execute("SET lock_timeout = 0; SET statement_timeout = 0")
    try:
        for row in await connection.fetch(_INVALID_INDEXES):
            await connection.execute(f'DROP INDEX CONCURRENTLY "{row["relname"]}"')
        await connection.execute(migration.sql)
        await connection.execute(_NOTE, migration.origin, migration.name, migration.checksum)
    finally:
        await connection.execute(f"SET lock_timeout = {LOCK_MS}; SET statement_timeout = {STATEMENT_MS}")


def _limits(schema: str, lock_ms: int, statement_ms: int) -> dict[str, str]:
    limits = {"lock_timeout": str(lock_ms), "statement_timeout": str(statement_ms)}
    return {**session_settings(schema), **limits}
