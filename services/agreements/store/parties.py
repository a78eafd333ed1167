"""Who can sign with whom: agencies, providers and their maintainers, from the events of other services."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from services.agreements.rules import Agency, Provider
from shared.contracts.coding.events import CodeAssigned
from shared.contracts.event import Event
from shared.contracts.registry.events import ProviderApproved, UnitRegistered
from shared.postgres.columns import Column, Columns
from shared.postgres.row_mapper import RowMapper
from shared.postgres.transaction import Rows, Transaction
from shared.search.index import SearchIndex, contains
from shared.search.text import Query, grams_of, searched_form, terms_of

E = TypeVar("E", bound=Event)

# Who maintains the provider's own record, and so its agreements, holds the scope of its kind (ACC-3).
_OWN_SCOPES = "ARRAY['institution', 'pharmacy']"
MAINTAINERS = f"""
ARRAY(SELECT key::uuid FROM jsonb_each(held.scopes) WHERE value ?| {_OWN_SCOPES}) AS maintainers
"""


def maintained_by(account: str) -> str:
    """The condition that an account maintains the provider's own record; `account` is a parameter's place."""
    return f"(held.account_ids @> ARRAY[{account}::uuid] AND held.scopes -> {account}::text ?| {_OWN_SCOPES})"


AGENCY = RowMapper(Agency, {"unit_id": "uuid", "name": "text", "region": "text"})
PROVIDER = RowMapper(
    Provider,
    {
        "provider_id": "uuid",
        "name": "text",
        "region": "text",
        "code": "text",
        "kind": "text",
        "archived_at": "timestamptz",
    },
    computed={"maintainers": lambda row: frozenset(row["maintainers"])},
)

_REGISTERED: Columns[UnitRegistered] = Columns(
    {
        "unit_id": Column("uuid", "subject_id"),
        "version": Column("bigint", "subject_version"),
        "name": "text",
        "searched": Column("text", lambda one: searched_form(one.name)),
        "region": "text",
        "level": "text",
    },
    key=["unit_id"],
)
_SAVE_AGENCIES = f"""
INSERT INTO agency AS kept ({_REGISTERED.columns})
SELECT {_REGISTERED.columns} FROM {_REGISTERED.rows} ORDER BY unit_id
ON CONFLICT (unit_id) DO UPDATE SET {_REGISTERED.assignments("excluded")}
WHERE kept.version < excluded.version
"""

_APPROVED: Columns[ProviderApproved] = Columns(
    {
        "provider_id": Column("uuid", "subject_id"),
        "version": Column("bigint", "subject_version"),
        "kind": "text",
        "name": "text",
        "searched": Column("text", lambda one: searched_form(one.name)),
        "grams": Column("text[]", lambda one: grams_of(searched_form(one.name), one.region)),
        "region": "text",
    },
    key=["provider_id"],
)
_SAVE_PROVIDERS = f"""
INSERT INTO provider AS kept ({_APPROVED.columns})
SELECT {_APPROVED.columns} FROM {_APPROVED.rows} ORDER BY provider_id
ON CONFLICT (provider_id) DO UPDATE SET {_APPROVED.assignments("excluded")}
WHERE kept.version < excluded.version
"""

_CODED: Columns[CodeAssigned] = Columns({"provider_id": Column("uuid", "subject_id"), "code": "text"})
# A code is for ever: there is no older or newer one.
_SAVE_CODES = f"""
INSERT INTO provider ({_CODED.columns}) SELECT {_CODED.columns} FROM {_CODED.rows} ORDER BY provider_id
ON CONFLICT (provider_id) DO UPDATE SET code = excluded.code
"""

# Providers are marked before their agreements are looked for, and whoever adds one shares the provider's row: the
# agreement is either refused, or found.
_SAVE_ARCHIVED = """
INSERT INTO provider AS kept (provider_id, archived_at)
SELECT provider_id, archived_at FROM unnest($1::uuid[], $2::timestamptz[]) AS new (provider_id, archived_at)
ORDER BY provider_id
ON CONFLICT (provider_id) DO UPDATE SET archived_at = excluded.archived_at WHERE kept.archived_at IS NULL
"""
_SHARE_PROVIDER = "SELECT FROM provider WHERE provider_id = $1 FOR SHARE"

_PROVIDER = f"""
SELECT $1::uuid AS provider_id, provider.kind, provider.name, provider.region, provider.code,
       provider.archived_at, {MAINTAINERS}
FROM (SELECT 1) AS one
LEFT JOIN provider ON provider.provider_id = $1
LEFT JOIN provider_maintainers AS held ON held.provider_id = $1
"""
_AGENCY = f"SELECT {AGENCY.columns} FROM agency WHERE unit_id = $1"

_AGENCIES = f"""
SELECT unit_id, name, region, level FROM agency
WHERE region BETWEEN $1 AND $2 AND {contains("$3")} AND (region, unit_id) > ($4, $5)
ORDER BY region, unit_id LIMIT $6
"""

_INDEX = SearchIndex("provider", "provider_id")
_FOUND = """
SELECT provider_id, kind, name, region, code FROM provider
WHERE provider_id = ANY($1::uuid[]) AND archived_at IS NULL ORDER BY provider_id
"""
_MAINTAINED = f"""
SELECT provider_id, provider.kind, provider.name, provider.region, provider.code
FROM provider_maintainers AS held JOIN provider USING (provider_id)
WHERE {maintained_by("$1")} AND provider.version > 0 AND provider.archived_at IS NULL
    AND {contains("$2", "provider.")} AND provider_id > $3
ORDER BY provider_id LIMIT $4
"""


async def save_agencies(tx: Transaction, registered: Sequence[UnitRegistered]) -> None:
    """Writes units as they were registered last."""
    await tx.execute(_SAVE_AGENCIES, *_REGISTERED.arrays(_newest(registered)))


async def save_providers(tx: Transaction, approved: Sequence[ProviderApproved]) -> None:
    """Writes providers as they were approved last."""
    await tx.execute(_SAVE_PROVIDERS, *_APPROVED.arrays(_newest(approved)))


async def save_codes(tx: Transaction, assigned: Sequence[CodeAssigned]) -> None:
    """Writes the codes of providers, approved here already or not."""
    await tx.execute(_SAVE_CODES, *_CODED.arrays(_newest(assigned)))


async def save_archived(tx: Transaction, archived: Mapping[UUID, datetime]) -> None:
    """Writes since when providers are archived, known here already or not."""
    await tx.execute(_SAVE_ARCHIVED, list(archived), list(archived.values()))


async def share_provider(tx: Transaction, provider_id: UUID) -> Provider:
    """A provider as it is known here, which is not archived before the transaction ends."""
    await tx.execute(_SHARE_PROVIDER, provider_id)
    return await provider(tx, provider_id)


async def provider(rows: Rows, provider_id: UUID) -> Provider:
    """A provider as it is known here, also one of which nothing is."""
    return PROVIDER.from_row(await rows.fetchrow(_PROVIDER, provider_id))


async def agency(rows: Rows, unit_id: UUID) -> Agency | None:
    """An agency, or None."""
    found = await rows.fetchrow(_AGENCY, unit_id)
    return AGENCY.from_row(found) if found else None


async def agencies(rows: Rows, span: tuple[str, str], name: str, after: tuple[str, UUID], limit: int) -> list[Any]:
    """The agencies of a span of regions whose name contains these words, in the order of their regions."""
    return await rows.fetch(_AGENCIES, *span, terms_of(name), *after, limit)


async def providers_named(rows: Rows, query: Query, after: UUID, limit: int) -> list[Any]:
    """The approved providers of the whole country whose name has all terms of a query (AGR-4)."""
    return await rows.fetch(_FOUND, await _INDEX.find(rows, query, after, limit))


async def providers_maintained(rows: Rows, account_id: UUID, name: str, after: UUID, limit: int) -> list[Any]:
    """The approved providers that an account maintains."""
    return await rows.fetch(_MAINTAINED, account_id, terms_of(name), after, limit)


def _newest(events: Iterable[E]) -> list[E]:
    """The last event of each subject: one statement writes to a row once only."""
    ordered = sorted(events, key=lambda event: event.subject_version)
    return list({event.subject_id: event for event in ordered}.values())
