"""Every SQL statement about authorisations."""

from typing import Any
from uuid import UUID

from services.registry import filings
from services.registry.authorisations.rules import Authorisation, AuthorisationRequest
from services.registry.filings import Filing, FilingState
from shared.contracts.registry.events import AuthorisedEnterprise, AuthorisedProvider, Scope
from shared.postgres.transaction import Rows, Transaction

_COLUMNS = f"""authorisation_id, account_id, letter_number, letter_version, scopes, provider_ids, providers,
    prepared_at, version, event_version, letter, scan, scan_version, granted, held_by_others, pending_scan,
    problem, enterprise, {filings.COLUMNS}"""
_VALUES = ", ".join(f"${number}" for number in range(1, 26))

_LOCK_REQUESTS_OF_ACCOUNT = "SELECT pg_advisory_xact_lock(hashtextextended('authorisations of ' || $1::text, 0))"
_ADD = f"INSERT INTO authorisation ({_COLUMNS}) VALUES ({_VALUES})"
_SAVE = f"""
UPDATE authorisation SET ({_COLUMNS}) = ROW ({_VALUES}) WHERE authorisation_id = $1
"""
_READ = f"SELECT {_COLUMNS} FROM authorisation WHERE authorisation_id = $1 AND (account_id = $2 OR $3)"
_LIST_BY_ACCOUNT = f"""
SELECT {_COLUMNS} FROM authorisation
WHERE account_id = $1 AND ($2::uuid IS NULL OR authorisation_id < $2)
ORDER BY authorisation_id DESC LIMIT $3
"""
_LOCK = f"SELECT {_COLUMNS} FROM authorisation WHERE authorisation_id = $1 FOR UPDATE"
_LOCK_ALL = f"SELECT {_COLUMNS} FROM authorisation WHERE account_id = $1 ORDER BY authorisation_id FOR UPDATE"
_FIND_UNAPPROVED = f"""
SELECT {_COLUMNS} FROM authorisation
WHERE account_id = $1 AND scopes = $2::text[] AND provider_ids = $3::uuid[] AND state <> $4
    AND enterprise IS NOT DISTINCT FROM $5::jsonb
"""

_APPROVE_ACCOUNT = "INSERT INTO approved_account (account_id) VALUES ($1) ON CONFLICT DO NOTHING"
_ACCOUNT_APPROVED = "SELECT EXISTS (SELECT FROM approved_account WHERE account_id = $1)"


async def lock_requests_of_account(tx: Transaction, account_id: UUID) -> None:
    """Lets the requests of an account pass one by one, so that two equal ones see each other."""
    await tx.execute(_LOCK_REQUESTS_OF_ACCOUNT, str(account_id))


async def add(tx: Transaction, authorisation: Authorisation) -> None:
    """Writes a new authorisation."""
    await tx.execute(_ADD, *_values(authorisation))


async def save(tx: Transaction, authorisation: Authorisation) -> None:
    """Writes an authorisation back."""
    await tx.execute(_SAVE, *_values(authorisation))


async def read(rows: Rows, authorisation_id: UUID, account_id: UUID, *, by_nation: bool) -> Authorisation | None:
    """The authorisation, for its account or for the nation's unit, which reviews it."""
    row = await rows.fetchrow(_READ, authorisation_id, account_id, by_nation)
    return None if row is None else _authorisation(row)


async def list_by_account(rows: Rows, account_id: UUID, after: UUID | None, limit: int) -> list[Authorisation]:
    """An account's authorisations, the newest first."""
    return [_authorisation(row) for row in await rows.fetch(_LIST_BY_ACCOUNT, account_id, after, limit)]


async def lock(tx: Transaction, authorisation_id: UUID) -> Authorisation | None:
    """The authorisation, locked."""
    row = await tx.fetchrow(_LOCK, authorisation_id)
    return None if row is None else _authorisation(row)


async def lock_all(tx: Transaction, account_id: UUID) -> list[Authorisation]:
    """All authorisations of an account, locked: whoever is just approving one is waited for."""
    return [_authorisation(row) for row in await tx.fetch(_LOCK_ALL, account_id)]


async def find_unapproved(rows: Rows, account_id: UUID, request: AuthorisationRequest) -> Authorisation | None:
    """The account's authorisation for the very same that is not approved yet."""
    parameters = (request.scopes, request.provider_ids, FilingState.APPROVED, _enterprise(request))
    row = await rows.fetchrow(_FIND_UNAPPROVED, account_id, *parameters)
    return None if row is None else _authorisation(row)


async def approve_account(tx: Transaction, account_id: UUID) -> None:
    """Keeps that the nation has approved an account."""
    await tx.execute(_APPROVE_ACCOUNT, account_id)


async def account_approved(rows: Rows, account_id: UUID) -> bool:
    """Whether the nation has approved the account."""
    return bool(await rows.fetchval(_ACCOUNT_APPROVED, account_id))


def _values(one: Authorisation) -> tuple[Any, ...]:
    return (
        one.authorisation_id,
        one.account_id,
        one.letter_number,
        one.letter_version,
        one.request.scopes,
        one.request.provider_ids,
        [provider.model_dump(mode="json") for provider in one.providers],
        one.prepared_at,
        one.version,
        one.event_version,
        one.letter,
        one.scan,
        one.scan_version,
        one.granted,
        one.held_by_others,
        one.pending_scan,
        one.problem,
        _enterprise(one.request),
        *one.filing.values,
    )


def _enterprise(request: AuthorisationRequest) -> dict[str, str] | None:
    return request.enterprise.model_dump() if request.enterprise else None


def _request(row: Any) -> AuthorisationRequest:
    enterprise = row["enterprise"]
    return AuthorisationRequest(
        tuple(map(Scope, row["scopes"])),
        tuple(row["provider_ids"]),
        AuthorisedEnterprise.model_validate(enterprise) if enterprise else None,
    )


def _authorisation(row: Any) -> Authorisation:
    return Authorisation(
        authorisation_id=row["authorisation_id"],
        account_id=row["account_id"],
        letter_number=row["letter_number"],
        request=_request(row),
        providers=tuple(AuthorisedProvider.model_validate(one) for one in row["providers"]),
        prepared_at=row["prepared_at"],
        version=row["version"],
        event_version=row["event_version"],
        letter_version=row["letter_version"],
        filing=Filing.of(row),
        letter=row["letter"],
        scan=row["scan"],
        scan_version=row["scan_version"],
        granted=row["granted"],
        held_by_others=tuple(row["held_by_others"]),
        pending_scan=row["pending_scan"],
        problem=row["problem"],
    )
