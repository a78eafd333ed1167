"""Archives and their files: the SQL."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from services.documents.archives.rules import Archive, ArchiveEntry, UnpackedEntry, ZipEntry
from services.documents.store.documents import DOCUMENT
from shared.postgres.columns import Column
from shared.postgres.row_mapper import RowMapper, model
from shared.postgres.transaction import Rows, Transaction
from shared.problems import ProblemText

_ARCHIVE = RowMapper(
    Archive,
    {
        "archive_id": "uuid",
        "owner": "uuid",
        "name": "text",
        "sha256": "text",
        "size": "bigint",
        "files": "integer",
        "job_id": "uuid",
        "received_at": "timestamptz",
        "unpacked_at": "timestamptz",
    },
    key=["archive_id"],
)


def _entry_of(value: dict[str, Any]) -> ZipEntry:
    return ZipEntry(**value)


_ENTRY = RowMapper(
    ArchiveEntry,
    {
        "archive_id": "uuid",
        "number": "integer",
        "entry": Column("jsonb", decode=_entry_of, encode=asdict),
        "document_id": "uuid",
        "problem": model(ProblemText),
    },
    key=["archive_id", "number"],
)
_OUTCOME = _ENTRY.only("archive_id", "number", "document_id", "problem")

# One upload at a time of the same bytes by the same account, so that they are one archive with one job.
_LOCK_OWNER = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"
_FIND_SAME = f"SELECT {_ARCHIVE.columns} FROM archive WHERE owner = $1 AND sha256 = $2"
_INSERT = f"INSERT INTO archive ({_ARCHIVE.columns}) VALUES ({_ARCHIVE.parameters})"
_INSERT_ENTRIES = f"INSERT INTO archive_entry ({_ENTRY.columns}) SELECT {_ENTRY.columns} FROM {_ENTRY.rows}"
_FIND = f"SELECT {_ARCHIVE.columns} FROM archive WHERE archive_id = $1"
_WAITING = f"""
SELECT {_ENTRY.columns} FROM archive_entry
WHERE archive_id = $1 AND document_id IS NULL AND problem IS NULL ORDER BY number LIMIT $2
"""
_SAVE_OUTCOME = f"UPDATE archive_entry SET {_OUTCOME.parameter_assignments} WHERE archive_id = $1 AND number = $2"
_SAVE_UNPACKED = "UPDATE archive SET unpacked_at = $2 WHERE archive_id = $1"
_ORPHAN_FILE = """
INSERT INTO orphan_file (sha256, removed_at) VALUES ($1, $2)
ON CONFLICT (sha256) DO UPDATE SET removed_at = excluded.removed_at
"""
_PAGE = f"""
SELECT {_ENTRY.of("archive_entry", "entry_")}, {DOCUMENT.of("document", "document_")}
FROM archive_entry LEFT JOIN document USING (document_id)
WHERE archive_id = $1 AND number > $2 ORDER BY number LIMIT $3
"""
_ENTRY_FROM_PAGE = _ENTRY.reader("entry_")
_DOCUMENT_FROM_PAGE = DOCUMENT.reader("document_")
_REMOVE_OLD = """
WITH old AS (SELECT archive_id FROM archive WHERE unpacked_at < $1 ORDER BY unpacked_at LIMIT $2)
DELETE FROM archive USING old WHERE archive.archive_id = old.archive_id
"""


async def lock_same(tx: Transaction, owner: UUID, sha256: str) -> Archive | None:
    """The account's archive of these bytes, if there is one; nobody else adds it until the transaction ends."""
    await tx.execute(_LOCK_OWNER, f"archive {owner} {sha256}")
    row = await tx.fetchrow(_FIND_SAME, owner, sha256)
    return None if row is None else _ARCHIVE.from_row(row)


async def insert_archive(tx: Transaction, archive: Archive, entries: Sequence[ArchiveEntry]) -> None:
    """Writes an archive and its files."""
    await tx.execute(_INSERT, *_ARCHIVE.values(archive))
    await tx.execute(_INSERT_ENTRIES, *_ENTRY.arrays(entries))


async def find_archive(rows: Rows, archive_id: UUID) -> Archive | None:
    """The archive."""
    row = await rows.fetchrow(_FIND, archive_id)
    return None if row is None else _ARCHIVE.from_row(row)


async def waiting_entries(rows: Rows, archive_id: UUID, at_most: int) -> list[ArchiveEntry]:
    """The next files of the archive of which nothing has become yet."""
    return [_ENTRY.from_row(row) for row in await rows.fetch(_WAITING, archive_id, at_most)]


async def save_outcome(tx: Transaction, entry: ArchiveEntry) -> None:
    """Writes what became of a file."""
    await tx.execute(_SAVE_OUTCOME, *_OUTCOME.values(entry))


async def save_unpacked(tx: Transaction, archive: Archive, at: datetime) -> None:
    """Writes that the archive is unpacked; its own file is deleted a day later."""
    await tx.execute(_SAVE_UNPACKED, archive.archive_id, at)
    await tx.execute(_ORPHAN_FILE, archive.sha256, at)


async def entries_after(rows: Rows, archive_id: UUID, number: int, at_most: int) -> list[UnpackedEntry]:
    """The archive's files after a number, each with its document."""
    found = await rows.fetch(_PAGE, archive_id, number, at_most)
    return [
        UnpackedEntry(
            _ENTRY_FROM_PAGE(row), _DOCUMENT_FROM_PAGE(row) if row["document_document_id"] is not None else None
        )
        for row in found
    ]


async def remove_old(tx: Transaction, before: datetime, at_most: int) -> int:
    """Removes archives that were unpacked before a time; their documents stay."""
    return int((await tx.execute(_REMOVE_OLD, before, at_most)).split()[-1])
