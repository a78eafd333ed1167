"""Agreements: one by one under lock, and the lists of each party."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from services.agreements.rules import Agreement, AttachedDocument, State
from services.agreements.store.parties import AGENCY, MAINTAINERS, PROVIDER, maintained_by
from shared.postgres.columns import Column
from shared.postgres.row_mapper import Part, RowMapper, enum
from shared.postgres.transaction import Rows, Transaction
from shared.security.caller import Caller, Role

_ATTACHMENT = RowMapper(
    AttachedDocument,
    {
        "document_id": "uuid",
        "document_name": Column("text", "name"),
        "document_pages": Column("integer", "pages"),
    },
)
AGREEMENT = RowMapper(
    Agreement,
    {
        "agreement_id": "uuid",
        "version": "bigint",
        "event_version": "bigint",
        "state": enum(State),
        "provider_id": Column("uuid", lambda one: one.provider.provider_id),
        "agency_id": Column("uuid", lambda one: one.agency.unit_id),
        "by_agency": "boolean",
        "terms": "jsonb",
        "attachment": Part(_ATTACHMENT),
        "added_at": "timestamptz",
        "changed_at": "timestamptz",
        "entered_version": "bigint",
        "entered_at": "timestamptz",
        "entry": "bigint",
    },
    key=["agreement_id"],
    computed={"provider": PROVIDER.reader("provider_"), "agency": AGENCY.reader("agency_")},
)
SELECT = f"""
SELECT {AGREEMENT.of("agreement")}, {PROVIDER.of("provider", "provider_")}, {MAINTAINERS},
       {AGENCY.of("agency", "agency_")}
FROM agreement
JOIN provider USING (provider_id)
JOIN agency ON agency.unit_id = agreement.agency_id
LEFT JOIN provider_maintainers AS held USING (provider_id)
"""
_ONE = f"{SELECT} WHERE agreement_id = $1"
_LOCK = f"{_ONE} FOR UPDATE OF agreement"
_LOCK_OPEN_OF = f"""
{SELECT} WHERE provider_id = ANY($1::uuid[]) AND state IN ('to_confirm', 'confirmed')
ORDER BY agreement_id FOR UPDATE OF agreement
"""
_INSERT = f"INSERT INTO agreement ({AGREEMENT.columns}) VALUES ({AGREEMENT.parameters})"
_CHANGING = AGREEMENT.only(
    *("agreement_id", "version", "event_version", "state", "terms"),
    *("document_id", "document_name", "document_pages", "changed_at"),
)
_SAVE = f"UPDATE agreement SET {_CHANGING.parameter_assignments} WHERE agreement_id = $1"

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
    return AGREEMENT.from_row(found) if found else None


async def lock(tx: Transaction, agreement_id: UUID) -> Agreement | None:
    """An agreement, locked until the transaction ends, or None."""
    found = await tx.fetchrow(_LOCK, agreement_id)
    return AGREEMENT.from_row(found) if found else None


async def lock_open_of(tx: Transaction, provider_ids: Sequence[UUID]) -> list[Agreement]:
    """The agreements of these providers that are neither deleted nor ended, locked."""
    return [AGREEMENT.from_row(row) for row in await tx.fetch(_LOCK_OPEN_OF, provider_ids)]


async def insert(tx: Transaction, agreement: Agreement) -> None:
    """Writes a new agreement."""
    await tx.execute(_INSERT, *AGREEMENT.values(agreement))


async def save(tx: Transaction, agreement: Agreement) -> None:
    """Writes what a party has changed; the row is locked by whoever read it."""
    await tx.execute(_SAVE, *_CHANGING.values(agreement))


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
    return [AGREEMENT.from_row(row) for row in await rows.fetch(statement, after, limit, whose, *given)]
