"""Every SQL statement about maintainers, but for those that ask whether a caller may see or change a record."""

from collections.abc import Sequence
from uuid import UUID

from shared.contracts.registry.events import Maintainer, Scope
from shared.postgres.transaction import Rows, Transaction

# An archived provider gets no maintainer.
# The database lets one account hold the scope of a provider's own record (ACC-4): a second grant leaves it.
_GRANT = """
INSERT INTO maintainer (provider_id, account_id, scope, authorisation_id, since)
SELECT provider_id, $1, scope, $2, $3
FROM unnest($4::uuid[]) AS provider_id CROSS JOIN unnest($5::text[]) AS scope
WHERE NOT EXISTS (SELECT FROM archived_provider AS archived WHERE archived.provider_id = provider_id.provider_id)
ORDER BY provider_id, scope
ON CONFLICT DO NOTHING
"""
_MAINTAINERS_OF = """
SELECT provider_id, account_id, array_agg(scope ORDER BY scope) AS scopes FROM maintainer
WHERE provider_id = ANY($1::uuid[]) GROUP BY provider_id, account_id ORDER BY provider_id, min(since), account_id
"""
_HELD_BY_OTHERS = """
SELECT DISTINCT provider_id FROM maintainer
WHERE scope = ANY($1::text[]) AND provider_id = ANY($2::uuid[]) AND account_id <> $3 ORDER BY provider_id
"""


async def grant(
    tx: Transaction,
    account_id: UUID,
    authorisation_id: UUID,
    provider_ids: Sequence[UUID],
    scopes: Sequence[Scope],
) -> None:
    """Gives an account scopes of providers, except an exclusive one that another account holds."""
    await tx.execute(_GRANT, account_id, authorisation_id, tx.now, provider_ids, scopes)


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
