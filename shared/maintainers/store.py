"""The projection of who maintains which provider, built from the registry's events.

Each service that needs it has the table in its own schema (a migration of its own makes it):
`provider_maintainers (provider_id uuid PRIMARY KEY, version bigint, account_ids uuid[], scopes jsonb)`.
"""

from collections.abc import Sequence

from shared.contracts.registry.events import MaintainersChanged
from shared.postgres.transaction import Transaction

_SAVE = """
INSERT INTO provider_maintainers AS kept (provider_id, version, account_ids, scopes) VALUES ($1, $2, $3, $4)
ON CONFLICT (provider_id) DO UPDATE SET
    version = excluded.version, account_ids = excluded.account_ids, scopes = excluded.scopes
WHERE kept.version < excluded.version
"""


async def save_maintainers(tx: Transaction, changed: Sequence[MaintainersChanged]) -> None:
    """Saves the maintainers of providers, in the order of their ids, unless a newer version is known."""
    for one in sorted(changed, key=lambda each: (each.subject_id, each.subject_version)):
        scopes = {str(account.account_id): list(account.scopes) for account in one.maintainers}
        accounts = [account.account_id for account in one.maintainers]
        await tx.execute(_SAVE, one.subject_id, one.subject_version, accounts, scopes)
