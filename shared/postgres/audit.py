"""The audit trail: who did what to a subject, append-only, with a hash chain for each subject."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

_BREAKS = """
WITH chained AS (
    SELECT *, coalesce(lag(hash) OVER chain, '') AS previous, coalesce(lag(entry) OVER chain, 0) AS entry_before
    FROM audit WHERE $1::uuid IS NULL OR subject_id = $1
    WINDOW chain AS (PARTITION BY subject_id ORDER BY entry)
), ends AS (
    SELECT DISTINCT ON (subject_id) subject_id, entry, hash FROM chained ORDER BY subject_id, entry DESC
)
SELECT subject_id, entry_before + 1 AS entry, 'removed' AS what FROM chained WHERE entry <> entry_before + 1
UNION ALL
SELECT subject_id, entry, 'altered' FROM chained
WHERE entry = entry_before + 1
  AND hash <> audit_hash(previous, subject_id, entry, happened_at, actor, address, action, correlation_id,
                         before, after)
UNION ALL
SELECT head.subject_id, coalesce(ends.entry, 0) + 1, 'removed'
FROM audit_head AS head LEFT JOIN ends USING (subject_id)
WHERE ($1::uuid IS NULL OR head.subject_id = $1) AND head.entry > coalesce(ends.entry, 0)
UNION ALL
SELECT ends.subject_id, ends.entry, 'altered'
FROM ends LEFT JOIN audit_head AS head USING (subject_id)
WHERE head.entry IS NULL OR head.entry < ends.entry OR (head.entry = ends.entry AND head.hash <> ends.hash)
ORDER BY subject_id, entry
"""


class Damage(StrEnum):
    """The kinds of damage to a trail."""

    REMOVED = "removed"
    ALTERED = "altered"


@dataclass(frozen=True, slots=True)
class Break:
    """The entry at which a subject's hash chain is broken."""

    subject_id: UUID
    entry: int
    what: Damage


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the trail, with the subject's state before and after, each in JSON."""

    subject_id: UUID
    actor: str
    address: str
    action: str
    correlation_id: str
    before: str | None
    after: str | None


class _Rows(Protocol):
    async def fetch(self, query: str, *args: Any) -> list[Any]: ...


async def verify(rows: _Rows, subject_id: UUID | None = None) -> list[Break]:
    """Lists the breaks in the trail of a subject, or of all: entries that were removed or altered."""
    found = await rows.fetch(_BREAKS, subject_id)
    return [Break(row["subject_id"], row["entry"], Damage(row["what"])) for row in found]
