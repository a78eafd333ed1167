"""The SQL that deletes records, which were never approved."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from services.registry.records.rules import Copy, Record
from services.registry.records.store.reading import MAINTAINED
from services.registry.records.store.rows import COPY, RECORD, of_kind
from services.registry.records.subject import Subject
from shared.postgres.row_mapper import Part, RowMapper
from shared.postgres.transaction import Transaction
from shared.security.caller import Caller


class Deletable(NamedTuple):
    """A record that is to be deleted, with its working copy, and whether the caller may open it."""

    record: Record
    copy: Copy
    opens: bool


_DELETABLE = RowMapper(Deletable, {"record": Part(RECORD), "copy": Part(COPY), "opens": "boolean"})
_LOCK = f"""
SELECT {RECORD.of("one")}, {COPY.of("copy")}, mine.holds_scope OR mine.free AS opens
FROM KIND AS one JOIN KIND_copy AS copy ON copy.record_id = one.record_id {MAINTAINED}
WHERE one.record_id = $1 AND (mine.maintains OR mine.free) FOR UPDATE OF one
"""
_LOCK_DEPENDENTS = f"""
SELECT {RECORD.of("one")}, {COPY.of("copy")}, true AS opens
FROM KIND AS one JOIN KIND_copy AS copy ON copy.record_id = one.record_id
WHERE one.provider_id = $1 AND one.record_id <> $1 ORDER BY one.record_id FOR UPDATE OF one
"""
_TABLES = ("KIND_copy", "KIND_snapshot", "KIND_search", "KIND_identity", "KIND")


async def lock_for_deletion(
    tx: Transaction, subject: Subject, record_id: UUID, caller: Caller
) -> Deletable | None:
    """The record, locked; None where the caller may not see it."""
    row = await tx.fetchrow(of_kind(_LOCK, subject.kind), record_id, caller.account_id, subject.scope)
    return None if row is None else _DELETABLE.from_row(row)


async def lock_dependents(tx: Transaction, kind: str, provider_id: UUID) -> list[Deletable]:
    """The records of a kind that belong to a provider, locked."""
    return [_DELETABLE.from_row(row) for row in await tx.fetch(of_kind(_LOCK_DEPENDENTS, kind), provider_id)]


async def delete(tx: Transaction, kind: str, record_ids: Sequence[UUID]) -> None:
    """Deletes records with all that is stored of them; their identities are free for others."""
    for table in _TABLES:
        await tx.execute(of_kind(f"DELETE FROM {table} WHERE record_id = ANY($1::uuid[])", kind), record_ids)
