"""Who can sign with whom: agencies, providers and their maintainers, from the events of other services."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar
from uuid import UUID

from services.agreements.rules import Agency, Provider
from shared.contracts.coding.events import CodeAssigned
from shared.contracts.event import Event
from shared.contracts.registry.events import ProviderApproved, UnitRegistered
from shared.postgres.transaction import Rows, Transaction
from shared.search.index import SearchIndex
from shared.search.text import SEPARATOR, Query, grams_of, searched_form

E = TypeVar("E", bound=Event)

# Who maintains the provider's own record, and so its agreements, holds the scope of its kind (ACC-3).
_OWN_SCOPES = "ARRAY['institution', 'pharmacy']"
MAINTAINERS = f"""
ARRAY(SELECT key::uuid FROM jsonb_each(held.scopes) WHERE value ?| {_OWN_SCOPES}) AS maintainers
"""


def maintained_by(account: str) -> str:
    """The condition that an account maintains the provider's own record; `account` is a parameter's place."""
    return f"(held.account_ids @> ARRAY[{account}::uuid] AND held.scopes -> {account}::text ?| {_OWN_SCOPES})"


_SAVE_AGENCIES = """
INSERT INTO agency AS kept (unit_id, version, name, searched, region, level)
SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[]) ORDER BY 1
ON CONFLICT (unit_id) DO UPDATE SET
    version = excluded.version, name = excluded.name, searched = excluded.searched,
    region = excluded.region, level = excluded.level
WHERE kept.version < excluded.version
"""

# unnest of a two-dimensional array gives single grams and not rows, so the grams of a row travel as one text.
_SAVE_PROVIDERS = """
INSERT INTO provider AS kept (provider_id, version, kind, name, searched, grams, region)
SELECT provider_id, version, kind, name, searched, string_to_array(grams, E'\\x1f'), region
FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[],
            $7::text[]) AS new (provider_id, version, kind, name, searched, grams, region) ORDER BY 1
ON CONFLICT (provider_id) DO UPDATE SET
    version = excluded.version, kind = excluded.kind, name = excluded.name, searched = excluded.searched,
    grams = excluded.grams, region = excluded.region
WHERE kept.version < excluded.version
"""

# A code is for ever: there is no older or newer one.
_SAVE_CODES = """
INSERT INTO provider (provider_id, code) SELECT * FROM unnest($1::uuid[], $2::text[]) ORDER BY 1
ON CONFLICT (provider_id) DO UPDATE SET code = excluded.code
"""

_PROVIDER = f"""
SELECT $1::uuid AS provider_id, provider.kind, provider.name, provider.region, provider.code,
       {MAINTAINERS}
FROM (SELECT 1) AS one
LEFT JOIN provider ON provider.provider_id = $1
LEFT JOIN provider_maintainers AS held ON held.provider_id = $1
"""
_AGENCY = "SELECT unit_id, name, region FROM agency WHERE unit_id = $1"

_AGENCIES = """
SELECT unit_id, name, region, level FROM agency
WHERE region BETWEEN $1 AND $2 AND strpos(searched, $3) > 0 AND (region, unit_id) > ($4, $5)
ORDER BY region, unit_id LIMIT $6
"""

_INDEX = SearchIndex("provider", "provider_id")
_FOUND = """
SELECT provider_id, kind, name, region, code FROM provider
WHERE provider_id = ANY($1::uuid[]) ORDER BY provider_id
"""
_MAINTAINED = f"""
SELECT provider_id, provider.kind, provider.name, provider.region, provider.code
FROM provider_maintainers AS held JOIN provider USING (provider_id)
WHERE {maintained_by("$1")} AND provider.version > 0
    AND strpos(provider.searched, $2) > 0 AND provider_id > $3
ORDER BY provider_id LIMIT $4
"""


async def save_agencies(tx: Transaction, registered: Sequence[UnitRegistered]) -> None:
    """Writes units as they were registered last."""
    await _write(
        tx,
        _SAVE_AGENCIES,
        [
            (one.subject_id, one.subject_version, one.name, searched_form(one.name), one.region, one.level)
            for one in _newest(registered)
        ],
    )


async def save_providers(tx: Transaction, approved: Sequence[ProviderApproved]) -> None:
    """Writes providers as they were approved last."""
    rows = [
        (
            one.subject_id,
            one.subject_version,
            one.kind,
            one.name,
            searched_form(one.name),
            SEPARATOR.join(grams_of(searched_form(one.name), one.region)),
            one.region,
        )
        for one in _newest(approved)
    ]
    await _write(tx, _SAVE_PROVIDERS, rows)


async def save_codes(tx: Transaction, assigned: Sequence[CodeAssigned]) -> None:
    """Writes the codes of providers, approved here already or not."""
    await _write(tx, _SAVE_CODES, [(one.subject_id, one.code) for one in _newest(assigned)])


async def provider(rows: Rows, provider_id: UUID) -> Provider:
    """A provider as it is known here, also one of which nothing is."""
    row = await rows.fetchrow(_PROVIDER, provider_id)
    return Provider(**{**row, "maintainers": frozenset(row["maintainers"])})


async def agency(rows: Rows, unit_id: UUID) -> Agency | None:
    """An agency, or None."""
    found = await rows.fetchrow(_AGENCY, unit_id)
    return Agency(**found) if found else None


async def agencies(rows: Rows, span: tuple[str, str], name: str, after: tuple[str, UUID], limit: int) -> list[Any]:
    """The agencies of a span of regions whose name contains this, in the order of their regions."""
    return await rows.fetch(_AGENCIES, *span, searched_form(name), *after, limit)


async def providers_named(rows: Rows, query: Query, after: UUID, limit: int) -> list[Any]:
    """The approved providers of the whole country whose name has all terms of a query (AGR-4)."""
    return await rows.fetch(_FOUND, await _INDEX.find(rows, query, after, limit))


async def providers_maintained(rows: Rows, account_id: UUID, name: str, after: UUID, limit: int) -> list[Any]:
    """The approved providers that an account maintains."""
    return await rows.fetch(_MAINTAINED, account_id, searched_form(name), after, limit)


async def _write(tx: Transaction, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    if rows:
        await tx.execute(statement, *(list(column) for column in zip(*rows, strict=True)))


def _newest(events: Iterable[E]) -> list[E]:
    """The last event of each subject: one statement writes to a row once only."""
    ordered = sorted(events, key=lambda event: event.subject_version)
    return list({event.subject_id: event for event in ordered}.values())
