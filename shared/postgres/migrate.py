"""Forward-only migrations: plain SQL files, applied once each, under a lock, with checksums.

Files are named `NNNN_pre_what.sql` (expand: before the new code runs) or `NNNN_post_what.sql` (contract:
after the old code is gone). A file that was applied and then edited is refused.
"""

import asyncio
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from shared.postgres.pool import session_settings

KIT = Path(__file__).parent / "migrations"
_NAME = re.compile(r"\d{4}_(pre|post)_[a-z0-9_]+\.sql")
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


class MigrationRefused(Exception):
    """A migration's file has a wrong name, or was edited after it had been applied."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file, from the kit or from the service."""

    origin: str
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the file's text."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def found(origin: str, folder: Path) -> list[Migration]:
    """The folder's migrations in their order."""
    migrations = []
    for file in sorted(folder.glob("*.sql")):
        if _NAME.fullmatch(file.name) is None:
            raise MigrationRefused(f"{file.name} is not named NNNN_pre_what.sql or NNNN_post_what.sql")
        migrations.append(Migration(origin, file.name, file.read_text(encoding="utf-8")))
    return migrations


async def migrate(dsn: str, schema: str, folder: Path) -> list[str]:
    """Applies what is missing, in order, and names what it applied; the role must own the schema."""
    connection = await asyncpg.connect(dsn, server_settings={**session_settings(schema), "lock_timeout": "4000"})
    try:
        # Asked for again and again: a session that waits for a lock would be ended by its own time limits.
        while not await connection.fetchval(_ALONE, schema):
            await asyncio.sleep(0.1)
        await connection.execute(_LEDGER)
        applied = {
            (row["origin"], row["name"]): row["checksum"]
            for row in await connection.fetch("SELECT origin, name, checksum FROM migration")
        }
        done = []
        for migration in [*found("kit", KIT), *found(schema, folder)]:
            known = applied.get((migration.origin, migration.name))
            if known is None:
                await _apply(connection, migration)
                done.append(f"{migration.origin}/{migration.name}")
            elif known != migration.checksum:
                raise MigrationRefused(f"{migration.name} was edited after it had been applied")
        return done
    finally:
        await connection.close()


async def _apply(connection: asyncpg.Connection, migration: Migration) -> None:
    async with connection.transaction():
        await connection.execute(migration.sql)
        await connection.execute(
            "INSERT INTO migration (origin, name, checksum) VALUES ($1, $2, $3)",
            migration.origin,
            migration.name,
            migration.checksum,
        )
