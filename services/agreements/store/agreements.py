"""Agreements: one by one under lock, and the lists of each party."""

from typing import Any
from uuid import UUID

from services.agreements.rules import Agency, Agreement, Paper, Provider, State
from services.agreements.store.parties import MAINTAINERS, maintained_by
from shared.postgres.transaction import Rows, Transaction
from shared.security.caller import Caller, Role

SELECT = f"""
SELECT agreement.*, provider.name AS provider_name, provider.region AS provider_region,
       provider.kind AS provider_kind, provider.code AS provider_code, {MAINTAINERS},
       agency.name AS agency_name, agency.region AS agency_region
FROM agreement
JOIN provider USING (provider_id)
JOIN agency ON agency.unit_id = agreement.agency_id
LEFT JOIN provider_maintainers AS held USING (provider_id)
"""
_ONE = f"{SELECT} WHERE agreement_id = $1"
_LOCK = f"{_ONE} FOR UPDATE OF agreement"

_COLUMNS = "version, event_version, state, terms, document_id, document_name, document_pages, changed_at"
_INSERT = f"""
INSERT INTO agreement (agreement_id, {_COLUMNS}, provider_id, agency_id, by_agency, added_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
"""
_SAVE = f"""
UPDATE agreement SET ({_COLUMNS}) = ($2, $3, $4, $5, $6, $7, $8, $9)
WHERE agreement_id = $1
"""

_IN_STATE = {state: f"state = '{state.value}'" for state in State}
_NOT_DELETED = "state <> 'terminated'"
_LAST = "agreement_id < $1 ORDER BY agreement_id DESC LIMIT $2"
_OF_PROVIDER = "provider_id = $4"
_OF_UNIT = "agreement.agency_id = $3"
_WITHIN_UNIT = "(agreement.agency_id = $3 OR provider.region BETWEEN $5 AND $6)"
_OF_MAINTAINER = maintained_by("$3")


async def one(rows: Rows, agreement_id: UUID) -> Agreement | None:
    """An agreement, or None."""
    found = await rows.fetchrow(_ONE, agreement_id)
    return agreement_of(found) if found else None


async def lock(tx: Transaction, agreement_id: UUID) -> Agreement | None:
    """An agreement, locked until the transaction ends, or None."""
    found = await tx.fetchrow(_LOCK, agreement_id)
    return agreement_of(found) if found else None


async def insert(tx: Transaction, agreement: Agreement) -> None:
    """Writes a new agreement."""
    await tx.execute(
        _INSERT,
        agreement.agreement_id,
        *_changing(agreement),
        agreement.provider.provider_id,
        agreement.agency.unit_id,
        agreement.by_agency,
        agreement.added_at,
    )


async def save(tx: Transaction, agreement: Agreement) -> None:
    """Writes what a party has changed; the row is locked by whoever read it."""
    await tx.execute(_SAVE, agreement.agreement_id, *_changing(agreement))


async def listed(
    rows: Rows, caller: Caller, state: State | None, provider_id: UUID | None, after: UUID, limit: int
) -> list[Agreement]:
    """A caller's agreements, the newest first: of the providers they maintain, or of their unit.

    A unit that asks for one institution sees all agreements of an institution of its region (REV-4).
    """
    wanted = [_IN_STATE[state] if state else _NOT_DELETED]
    given: list[Any] = []
    if provider_id is not None:
        wanted.append(_OF_PROVIDER)
        given.append(provider_id)
    if caller.role is Role.MAINTAINER:
        wanted.append(_OF_MAINTAINER)
        whose = caller.account_id
    else:
        wanted.append(_WITHIN_UNIT if provider_id else _OF_UNIT)
        given.extend(caller.span if provider_id else ())
        whose = caller.unit_id or caller.account_id
    statement = f"{SELECT} WHERE {' AND '.join(wanted)} AND {_LAST}"
    return [agreement_of(row) for row in await rows.fetch(statement, after, limit, whose, *given)]


def _changing(agreement: Agreement) -> tuple[Any, ...]:
    return (
        agreement.version,
        agreement.event_version,
        agreement.state,
        agreement.terms,
        agreement.paper.document_id,
        agreement.paper.name,
        agreement.paper.pages,
        agreement.changed_at,
    )


def agreement_of(row: Any) -> Agreement:
    """The agreement in a row of SELECT."""
    return Agreement(
        agreement_id=row["agreement_id"],
        version=row["version"],
        event_version=row["event_version"],
        state=State(row["state"]),
        provider=Provider(
            row["provider_id"],
            row["provider_name"],
            row["provider_region"],
            row["provider_code"],
            row["provider_kind"],
            frozenset(row["maintainers"]),
        ),
        agency=Agency(row["agency_id"], row["agency_name"], row["agency_region"]),
        by_agency=row["by_agency"],
        terms=row["terms"],
        paper=Paper(row["document_id"], row["document_name"], row["document_pages"]),
        added_at=row["added_at"],
        changed_at=row["changed_at"],
        entered_version=row["entered_version"],
        entered_at=row["entered_at"],
        entry=row["entry"],
    )
