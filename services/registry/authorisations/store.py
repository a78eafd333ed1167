"""Every SQL statement about authorisations."""

from uuid import UUID

from services.registry.authorisations.rules import Authorisation, AuthorisationRequest
from services.registry.filing_columns import FILING
from services.registry.filings import FilingState
from shared.contracts.registry.events import AuthorisedEnterprise, AuthorisedProvider, Scope
from shared.postgres.columns import Column
from shared.postgres.row_mapper import Part, RowMapper, model, models
from shared.postgres.transaction import Rows, Transaction

_REQUEST = RowMapper(
    AuthorisationRequest,
    {
        "scopes": Column("text[]", decode=lambda found: tuple(map(Scope, found))),
        "provider_ids": Column("uuid[]", decode=tuple),
        "enterprise": model(AuthorisedEnterprise),
        "handover": "boolean",
    },
)
_AUTHORISATION = RowMapper(
    Authorisation,
    {
        "authorisation_id": "uuid",
        "account_id": "uuid",
        "letter_number": "text",
        "request": Part(_REQUEST),
        "providers": models(AuthorisedProvider),
        "prepared_at": "timestamptz",
        "version": "bigint",
        "event_version": "bigint",
        "letter_version": "bigint",
        "filing": Part(FILING),
        "letter": "jsonb",
        "scan": "jsonb",
        "scan_version": "bigint",
        "pending_scan": "jsonb",
        "problem": "jsonb",
        "granted": "boolean",
        "held_by_others": Column("uuid[]", decode=tuple),
    },
    key=["authorisation_id"],
)

_LOCK_REQUESTS_OF_ACCOUNT = "SELECT pg_advisory_xact_lock(hashtextextended('authorisations of ' || $1::text, 0))"
_ADD = f"INSERT INTO authorisation ({_AUTHORISATION.columns}) VALUES ({_AUTHORISATION.parameters})"
_SAVE = f"UPDATE authorisation SET {_AUTHORISATION.parameter_assignments} WHERE authorisation_id = $1"
_READ = (
    f"SELECT {_AUTHORISATION.columns} FROM authorisation WHERE authorisation_id = $1 AND (account_id = $2 OR $3)"
)
_LIST_BY_ACCOUNT = f"""
SELECT {_AUTHORISATION.columns} FROM authorisation
WHERE account_id = $1 AND ($2::uuid IS NULL OR authorisation_id < $2)
ORDER BY authorisation_id DESC LIMIT $3
"""
_LOCK = f"SELECT {_AUTHORISATION.columns} FROM authorisation WHERE authorisation_id = $1 FOR UPDATE"
_LOCK_ALL = f"""
SELECT {_AUTHORISATION.columns} FROM authorisation
WHERE account_id = $1 AND state IN ('submitted', 'approved') ORDER BY authorisation_id FOR UPDATE
"""
_FIND_UNAPPROVED = f"""
SELECT {_AUTHORISATION.columns} FROM authorisation
WHERE scopes = $1::text[] AND provider_ids = $2::uuid[] AND enterprise IS NOT DISTINCT FROM $3::jsonb
    AND handover = $4 AND account_id = $5 AND state <> $6
"""
# Whoever grants locks authorisations before records. These are locked after a record: none of them is approved in
# the transaction of somebody who waits for that record.
_LOCK_OPEN_NAMING = f"""
SELECT {_AUTHORISATION.columns} FROM authorisation
WHERE provider_ids @> ARRAY[$1::uuid] AND state IN ('draft', 'returned') ORDER BY authorisation_id FOR UPDATE
"""
_UNDER_REVIEW_NAMING = """
SELECT letter_number FROM authorisation
WHERE provider_ids @> ARRAY[$1::uuid] AND state = 'submitted' ORDER BY authorisation_id LIMIT 1
"""

_APPROVE_ACCOUNT = "INSERT INTO approved_account (account_id) VALUES ($1) ON CONFLICT DO NOTHING"
_ACCOUNT_APPROVED = "SELECT EXISTS (SELECT FROM approved_account WHERE account_id = $1)"


async def lock_requests_of_account(tx: Transaction, account_id: UUID) -> None:
    """Lets the requests of an account pass one by one, so that two equal ones see each other."""
    await tx.execute(_LOCK_REQUESTS_OF_ACCOUNT, str(account_id))


async def add(tx: Transaction, authorisation: Authorisation) -> None:
    """Writes a new authorisation."""
    await tx.execute(_ADD, *_AUTHORISATION.values(authorisation))


async def save(tx: Transaction, authorisation: Authorisation) -> None:
    """Writes an authorisation back."""
    await tx.execute(_SAVE, *_AUTHORISATION.values(authorisation))


async def read(rows: Rows, authorisation_id: UUID, account_id: UUID, *, by_nation: bool) -> Authorisation | None:
    """The authorisation, for its account or for the nation's unit, which reviews it."""
    row = await rows.fetchrow(_READ, authorisation_id, account_id, by_nation)
    return None if row is None else _AUTHORISATION.from_row(row)


async def list_by_account(rows: Rows, account_id: UUID, after: UUID | None, limit: int) -> list[Authorisation]:
    """An account's authorisations, the newest first."""
    return [_AUTHORISATION.from_row(row) for row in await rows.fetch(_LIST_BY_ACCOUNT, account_id, after, limit)]


async def lock(tx: Transaction, authorisation_id: UUID) -> Authorisation | None:
    """The authorisation, locked."""
    row = await tx.fetchrow(_LOCK, authorisation_id)
    return None if row is None else _AUTHORISATION.from_row(row)


async def lock_all(tx: Transaction, account_id: UUID) -> list[Authorisation]:
    """The authorisations of an account that were filed, locked: whoever is just approving one is waited for."""
    return [_AUTHORISATION.from_row(row) for row in await tx.fetch(_LOCK_ALL, account_id)]


async def find_unapproved(rows: Rows, account_id: UUID, request: AuthorisationRequest) -> Authorisation | None:
    """The account's authorisation for the very same that is not approved yet."""
    row = await rows.fetchrow(_FIND_UNAPPROVED, *_REQUEST.values(request), account_id, FilingState.APPROVED)
    return None if row is None else _AUTHORISATION.from_row(row)


async def lock_open_naming(tx: Transaction, provider_id: UUID) -> list[Authorisation]:
    """All authorisations that name a provider and are neither under review nor approved, locked."""
    return [_AUTHORISATION.from_row(row) for row in await tx.fetch(_LOCK_OPEN_NAMING, provider_id)]


async def under_review_naming(rows: Rows, provider_id: UUID) -> str | None:
    """The number of a letter under review that names a provider, if there is one."""
    found: str | None = await rows.fetchval(_UNDER_REVIEW_NAMING, provider_id)
    return found


async def approve_account(tx: Transaction, account_id: UUID) -> None:
    """Keeps that the nation has approved an account."""
    await tx.execute(_APPROVE_ACCOUNT, account_id)


async def account_approved(rows: Rows, account_id: UUID) -> bool:
    """Whether the nation has approved the account."""
    return bool(await rows.fetchval(_ACCOUNT_APPROVED, account_id))
