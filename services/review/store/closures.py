"""The SQL of subjects that are closed for ever: archived or deleted."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from services.review.rules.case import Closure, StepKind
from shared.postgres.row_mapper import RowMapper, enum
from shared.postgres.transaction import Rows, Transaction

_CLOSURE = RowMapper(
    Closure,
    {"subject_id": "uuid", "what": enum(StepKind), "reason": "text", "by_id": "uuid", "by_name": "text"},
    key=["subject_id"],
)
# Whoever opens a case shares the lock of its subject and of its parent, whoever closes a subject holds it: a case
# is opened before the closing looks for it, or by somebody who knows of the closing.
_LOCK = """
SELECT pg_advisory_xact_lock(hashtextextended('review.closure ' || subject_id::text, 0))
FROM (SELECT DISTINCT unnest($1::uuid[]) AS subject_id ORDER BY 1) AS sorted
"""
_SHARE = _LOCK.replace("_xact_lock", "_xact_lock_shared")
_SAVE = f"""
INSERT INTO closed_subject ({_CLOSURE.columns}) SELECT {_CLOSURE.columns} FROM {_CLOSURE.rows} ORDER BY subject_id
ON CONFLICT (subject_id) DO NOTHING
"""
_AMONG = f"SELECT {_CLOSURE.columns} FROM closed_subject WHERE subject_id = ANY($1::uuid[])"
_OPEN_CHILDREN = """
SELECT case_id FROM review_case
WHERE parent_id = $1 AND stage IN ('under_review', 'returned') ORDER BY case_id LIMIT $2
"""


async def save(tx: Transaction, closures: Sequence[Closure]) -> None:
    """Saves that subjects are closed, once nobody is opening a case of theirs."""
    await tx.execute(_LOCK, [one.subject_id for one in closures])
    await tx.execute(_SAVE, *_CLOSURE.arrays(closures))


async def share(tx: Transaction, subject_ids: Iterable[UUID]) -> dict[UUID, Closure]:
    """Returns the closures of these subjects; no other of them is closed before the transaction ends."""
    wanted = list(subject_ids)
    await tx.execute(_SHARE, wanted)
    return await among(tx, wanted)


async def among(rows: Rows, subject_ids: Iterable[UUID]) -> dict[UUID, Closure]:
    """Returns the closures of these subjects."""
    found = [_CLOSURE.from_row(row) for row in await rows.fetch(_AMONG, list(subject_ids))]
    return {one.subject_id: one for one in found}


async def open_children(rows: Rows, subject_id: UUID, at_most: int) -> list[UUID]:
    """Returns open cases that depend on a subject."""
    return [row["case_id"] for row in await rows.fetch(_OPEN_CHILDREN, subject_id, at_most)]
