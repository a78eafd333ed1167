"""The SQL that finds records with similar names, by the index of the search."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from services.registry.records.store.rows import of_kind
from services.registry.records.subject import Subject
from shared.postgres.transaction import Rows

# A city has some thousands of records; few of them share half of a name.
_CANDIDATES = 1000
_SHARING = "SELECT record_id FROM KIND_search WHERE grams @> {parameter}::text[]"
_NAMED = """
SELECT record_id, name, copy.values FROM KIND AS one JOIN KIND_copy AS copy USING (record_id)
WHERE record_id IN (SELECT record_id FROM ({sharing} LIMIT {limit}) AS sharing)
  AND record_id <> $1 AND life <> 'archived'
ORDER BY record_id
"""
_SHOWN = """
SELECT record_id, name, numbers, region,
       EXISTS (SELECT FROM maintainer AS held
               WHERE held.provider_id = one.provider_id AND held.scope = $2) AS maintained
FROM KIND AS one WHERE record_id = ANY($1::uuid[]) ORDER BY record_id
"""


async def candidates(
    rows: Rows, subject: Subject, record_id: UUID, alternatives: Sequence[Sequence[str]]
) -> list[Mapping[str, Any]]:
    """Records, other than this one and archived ones, that have all grams of one of the alternatives."""
    if not alternatives:
        return []
    sharing = " UNION ".join(_SHARING.format(parameter=f"${number + 2}") for number in range(len(alternatives)))
    statement = _NAMED.format(sharing=sharing, limit=_CANDIDATES)
    return await rows.fetch(of_kind(statement, subject.kind), record_id, *alternatives)


async def shown(rows: Rows, subject: Subject, record_ids: Sequence[UUID]) -> list[Mapping[str, Any]]:
    """What a search shows of records."""
    return await rows.fetch(of_kind(_SHOWN, subject.kind), list(record_ids), subject.scope)
