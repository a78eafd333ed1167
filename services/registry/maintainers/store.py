"""Every SQL statement about maintainers, but for those that ask whether a caller may see or change a record."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from services.registry.maintainers.rules import EXCLUSIVE
from shared.contracts.registry.events import Maintainer, Scope
from shared.postgres.row_mapper import RowMapper
from shared.postgres.transaction import Rows, Transaction

# An archived provider gets no maintainer.
# The database lets one account hold the scope of a provider's own record (ACC-4): a second grant leaves it.
_GRANT = """
INSERT INTO maintainer (provider_id, account_id, scope, authorisation_id, since, exclusive)
SELECT provider_id, $1, scope, $2, $3, scope = ANY($6::text[])
FROM unnest($4::uuid[]) AS provider_id CROSS JOIN unnest($5::text[]) AS scope
WHERE NOT EXISTS (SELECT FROM archived_provider AS archived WHERE archived.provider_id = provider_id.provider_id)
ORDER BY provider_id, scope
ON CONFLICT DO NOTHING
"""
_LOCK_ALL = "SELECT FROM maintainer WHERE provider_id = $1 ORDER BY account_id, scope FOR UPDATE"
_REMOVE_ALL = "DELETE FROM maintainer WHERE provider_id = $1 RETURNING true"
_MAINTAINERS_OF = """
SELECT provider_id, account_id, array_agg(scope ORDER BY scope) AS scopes FROM maintainer
WHERE provider_id = ANY($1::uuid[]) GROUP BY provider_id, account_id ORDER BY provider_id, min(since), account_id
"""
_HELD_BY_OTHERS = """
SELECT DISTINCT provider_id FROM maintainer
WHERE scope = ANY($1::text[]) AND provider_id = ANY($2::uuid[]) AND account_id <> $3 ORDER BY provider_id
"""
_END = """
DELETE FROM maintainer USING unnest($1::uuid[], $2::uuid[]) AS ended (provider_id, account_id)
WHERE maintainer.provider_id = ended.provider_id AND maintainer.account_id = ended.account_id
    AND NOT EXISTS (SELECT FROM archived_provider AS archived WHERE archived.provider_id = ended.provider_id)
"""

# One handover of a provider is under review at a time: a unique index of the rows that are not completed.
_CLAIM_HANDOVERS = """
INSERT INTO handover (authorisation_id, provider_id, predecessor_id, since)
SELECT $1, provider_id, predecessor_id, $2
FROM unnest($3::uuid[], $4::uuid[]) AS wanted (provider_id, predecessor_id) ORDER BY provider_id
ON CONFLICT DO NOTHING RETURNING provider_id
"""
_RELEASE_HANDOVERS = "DELETE FROM handover WHERE authorisation_id = $1 AND NOT completed"
_COMPLETE_HANDOVERS = """
UPDATE handover SET completed = true, since = $2 WHERE authorisation_id = $1 AND NOT completed
"""
_UNDER_REVIEW = """
SELECT provider_id, since FROM handover
WHERE provider_id = ANY($1::uuid[]) AND NOT completed ORDER BY provider_id
"""
_HANDED_OVER_SINCE = """
SELECT DISTINCT provider_id FROM handover
WHERE predecessor_id = $1 AND provider_id = ANY($2::uuid[]) AND completed AND since >= $3
"""
_HANDOVERS_OF = """
SELECT one.authorisation_id, handover.provider_id, handover.since, handover.completed
FROM authorisation AS one
JOIN handover ON handover.predecessor_id = one.account_id AND handover.provider_id = ANY(one.provider_ids)
    AND handover.since >= one.prepared_at
WHERE one.authorisation_id = ANY($1::uuid[]) ORDER BY handover.since, handover.provider_id
"""


class Handover(NamedTuple):
    """A provider that a successor takes over, and since when it is under review or completed."""

    provider_id: UUID
    since: datetime
    completed: bool


_HANDOVER = RowMapper(Handover, {"provider_id": "uuid", "since": "timestamptz", "completed": "boolean"})


async def grant(
    tx: Transaction,
    account_id: UUID,
    authorisation_id: UUID,
    provider_ids: Sequence[UUID],
    scopes: Sequence[Scope],
) -> None:
    """Gives an account scopes of providers, except an exclusive one that another account holds."""
    await tx.execute(_GRANT, account_id, authorisation_id, tx.now, provider_ids, scopes, EXCLUSIVE)


async def lock_all(tx: Transaction, provider_id: UUID) -> None:
    """Locks all scopes of a provider, which whoever changes one of its records shares."""
    await tx.execute(_LOCK_ALL, provider_id)


async def remove_all(tx: Transaction, provider_id: UUID) -> bool:
    """Takes all scopes of a provider away; false where nobody had any."""
    return bool(await tx.fetch(_REMOVE_ALL, provider_id))


async def maintainers_of(rows: Rows, provider_ids: Sequence[UUID]) -> dict[UUID, tuple[Maintainer, ...]]:
    """All who maintain these providers, with their scopes."""
    found: dict[UUID, tuple[Maintainer, ...]] = dict.fromkeys(provider_ids, ())
    for row in await rows.fetch(_MAINTAINERS_OF, provider_ids):
        found[row["provider_id"]] += (Maintainer(account_id=row["account_id"], scopes=row["scopes"]),)
    return found


async def held_by_others(
    rows: Rows, account_id: UUID, scopes: Sequence[Scope], provider_ids: Sequence[UUID]
) -> tuple[UUID, ...]:
    """Those of these providers of which another account holds one of these scopes."""
    found = await rows.fetch(_HELD_BY_OTHERS, scopes, provider_ids, account_id)
    return tuple(row["provider_id"] for row in found)


async def end(tx: Transaction, predecessors: Mapping[UUID, UUID]) -> None:
    """Takes from each of these accounts every scope of its provider; waits for what they are doing with it."""
    await tx.execute(_END, list(predecessors), list(predecessors.values()))


async def claim_handovers(tx: Transaction, authorisation_id: UUID, predecessors: Mapping[UUID, UUID]) -> bool:
    """Takes the handover of these providers under review; false, and nothing taken, where another one is."""
    arrays = list(predecessors), list(predecessors.values())
    claimed = await tx.fetch(_CLAIM_HANDOVERS, authorisation_id, tx.now, *arrays)
    if len(claimed) < len(predecessors):
        await release_handovers(tx, authorisation_id)
        return False
    return True


async def release_handovers(tx: Transaction, authorisation_id: UUID) -> None:
    """The handovers of an authorisation are not under review any more."""
    await tx.execute(_RELEASE_HANDOVERS, authorisation_id)


async def complete_handovers(tx: Transaction, authorisation_id: UUID) -> None:
    """The handovers of an authorisation have taken effect."""
    await tx.execute(_COMPLETE_HANDOVERS, authorisation_id, tx.now)


async def handovers_under_review(rows: Rows, provider_ids: Sequence[UUID]) -> dict[UUID, datetime]:
    """Those of these providers whose handover is under review, and since when."""
    return {row["provider_id"]: row["since"] for row in await rows.fetch(_UNDER_REVIEW, provider_ids)}


async def handed_over_since(
    rows: Rows, account_id: UUID, provider_ids: Sequence[UUID], since: datetime
) -> frozenset[UUID]:
    """Those of these providers that an account has had to hand over since a time."""
    found = await rows.fetch(_HANDED_OVER_SINCE, account_id, provider_ids, since)
    return frozenset(row["provider_id"] for row in found)


async def handovers_of(rows: Rows, authorisation_ids: Sequence[UUID]) -> dict[UUID, tuple[Handover, ...]]:
    """What others take, or have taken, over from the accounts of these authorisations since they were prepared."""
    found: dict[UUID, tuple[Handover, ...]] = dict.fromkeys(authorisation_ids, ())
    for row in await rows.fetch(_HANDOVERS_OF, authorisation_ids):
        found[row["authorisation_id"]] += (_HANDOVER.from_row(row),)
    return found
