"""The SQL of archived providers: the archive itself, and the records that go with it."""

from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from services.registry.filing_columns import FILING
from services.registry.records.rules import Archive, Record
from services.registry.records.store.rows import ARCHIVE, RECORD, of_kind
from shared.postgres.transaction import Rows, Transaction

_ARCHIVED_AMONG = "SELECT provider_id FROM archived_provider WHERE provider_id = ANY($1::uuid[])"
_CLOSED = RECORD.only("record_id", "version", "event_version", "life", *FILING.written)
_SAVE_ARCHIVED = f"""
WITH archived AS (
    INSERT INTO archived_provider (provider_id, {ARCHIVE.columns})
    VALUES ($1, {", ".join(_CLOSED.parameter(number) for number in (1, 2, 3))})
)
UPDATE KIND SET {_CLOSED.parameter_assignments} WHERE record_id = $1
"""
_OF_PROVIDER = "provider_id = $1 AND record_id <> $1"
_COUNT_DEPENDENTS = f"""
SELECT count(*) AS records, count(*) FILTER (WHERE state = 'submitted') AS under_review
FROM KIND WHERE {_OF_PROVIDER} AND life <> 'archived'
"""
_ARCHIVE_DEPENDENTS = f"""
WITH next AS (
    SELECT record_id FROM KIND WHERE {_OF_PROVIDER} AND life <> 'archived'
    ORDER BY record_id LIMIT $2 FOR UPDATE
), changed AS (
    UPDATE KIND AS one SET
        life = 'archived', version = version + 1, level = NULL, unit_name = NULL,
        state = CASE state WHEN 'submitted' THEN 'withdrawn' ELSE state END,
        since = CASE state WHEN 'submitted' THEN $3 ELSE since END
    FROM next WHERE one.record_id = next.record_id
    RETURNING one.record_id
)
SELECT count(*) FROM changed
"""


class Dependents(NamedTuple):
    """How many records of a kind belong to a provider, and how many of them are under review."""

    records: int
    under_review: int


async def archived_among(rows: Rows, provider_ids: Collection[UUID]) -> frozenset[UUID]:
    """Those of the providers that are archived."""
    found = await rows.fetch(_ARCHIVED_AMONG, list(provider_ids))
    return frozenset(row["provider_id"] for row in found)


async def save_archived(tx: Transaction, kind: str, record: Record, archive: Archive) -> None:
    """Writes that a provider is archived; its records are from this instant on."""
    await tx.execute(of_kind(_SAVE_ARCHIVED, kind), *_CLOSED.values(record), *ARCHIVE.values(archive))


async def count_dependents(rows: Rows, kind: str, provider_id: UUID) -> Dependents:
    """Counts the records of a kind that would be archived with a provider."""
    return Dependents(*await rows.fetchrow(of_kind(_COUNT_DEPENDENTS, kind), provider_id))


async def archive_dependents(tx: Transaction, kind: str, provider_id: UUID, at_most: int) -> int:
    """Writes the archive of a provider into its next records of a kind; returns how many there were."""
    count: int = await tx.fetchval(of_kind(_ARCHIVE_DEPENDENTS, kind), provider_id, at_most, tx.now)
    return count
