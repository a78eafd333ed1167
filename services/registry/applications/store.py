"""The SQL that concerns applications alone: the provider that one is about, and what its approval changes."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from services.registry.applications.rules import Applicant
from services.registry.records import store as records
from services.registry.records.rules import Copy, Record
from services.registry.records.store.rows import COPY, of_kind
from shared.postgres.row_mapper import Part, RowMapper
from shared.postgres.transaction import Rows, Transaction


class _Copies(NamedTuple):
    """The working copy of a provider and its version in force."""

    copy: Copy
    in_force: Copy | None


_COPIES = RowMapper(_Copies, {"copy": Part(COPY), "in_force": Part(COPY, "in_force_", optional=True)})
# Read after the record is locked, so that they are those of the locked version.
_READ_COPIES = f"""
SELECT {COPY.of("copy")}, {COPY.of("in_force", "in_force_")}
FROM KIND AS one JOIN KIND_copy AS copy ON copy.record_id = one.record_id
LEFT JOIN KIND_snapshot AS in_force
    ON in_force.record_id = one.record_id AND in_force.submission = one.in_force_submission
WHERE one.record_id = $1
"""
_OPEN = """
SELECT record_id FROM KIND
WHERE provider_id = $1 AND record_id <> coalesce($2, provider_id) AND state <> 'approved' LIMIT 1
"""
_SAVE_VERSION = f"""
INSERT INTO KIND_snapshot (record_id, submission, form_edition, submitted_at, {COPY.columns})
SELECT record_id, $3, form_edition, $4, $5, $6 FROM KIND_snapshot WHERE record_id = $1 AND submission = $2
"""


async def lock_applicant(tx: Transaction, kind: str, provider_id: UUID) -> Applicant:
    """The provider of an application, locked."""
    [record] = await records.lock_all(tx, kind, [provider_id])
    copies = _COPIES.from_row(await tx.fetchrow(of_kind(_READ_COPIES, kind), provider_id))
    return Applicant(record, copies.copy, copies.in_force)


async def open_application(rows: Rows, kind: str, provider_id: UUID, but: UUID | None = None) -> UUID | None:
    """An application of the provider that has not been approved, other than `but`."""
    found: UUID | None = await rows.fetchval(of_kind(_OPEN, kind), provider_id, but)
    return found


async def save_amended(
    tx: Transaction, kind: str, former: int, record: Record, copy: Copy, in_force: Copy, at: datetime
) -> None:
    """Puts another version of a provider in force than its submission `former`, and writes its working copy."""
    submission = record.filing.submission
    version = (record.record_id, former, submission, at, *COPY.values(in_force))
    await tx.execute(of_kind(_SAVE_VERSION, kind), *version)
    await records.save_copy(tx, kind, record, copy)
