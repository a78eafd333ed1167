"""Who can sign with whom: agencies, institutions and their maintainers, as the events have told it."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar
from uuid import UUID

from services.agreements.rules import Agency, Institution
from shared.contracts.coding.events import CodeAssigned
from shared.contracts.event import Event
from shared.contracts.registry.events import MaintainersChanged, ProviderApproved, Scope, UnitRegistered
from shared.postgres.transaction import Rows, Transaction
from shared.search.index import SearchIndex
from shared.search.text import SEPARATOR, Query, grams_of, searched_form

E = TypeVar("E", bound=Event)

_KEEP_AGENCIES = """
INSERT INTO agency AS kept (unit_id, version, name, searched, region, level)
SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[]) ORDER BY 1
ON CONFLICT (unit_id) DO UPDATE SET
    version = excluded.version, name = excluded.name, searched = excluded.searched,
    region = excluded.region, level = excluded.level
WHERE kept.version < excluded.version
"""

# unnest of a two-dimensional array gives single grams and not rows, so the grams of a row travel as one text.
_KEEP_INSTITUTIONS = """
INSERT INTO institution AS kept (institution_id, version, name, searched, grams, region)
SELECT institution_id, version, name, searched, string_to_array(grams, E'\\x1f'), region
FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[])
    AS new (institution_id, version, name, searched, grams, region) ORDER BY 1
ON CONFLICT (institution_id) DO UPDATE SET
    version = excluded.version, name = excluded.name, searched = excluded.searched,
    grams = excluded.grams, region = excluded.region
WHERE kept.version < excluded.version
"""

# A code is for ever: there is no older or newer one.
_KEEP_CODES = """
INSERT INTO institution (institution_id, code) SELECT * FROM unnest($1::uuid[], $2::text[]) ORDER BY 1
ON CONFLICT (institution_id) DO UPDATE SET code = excluded.code
"""

_KEEP_MAINTAINERS = """
INSERT INTO maintainer AS kept (institution_id, version, account_id)
SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::uuid[]) ORDER BY 1
ON CONFLICT (institution_id) DO UPDATE SET version = excluded.version, account_id = excluded.account_id
WHERE kept.version < excluded.version
"""

_INSTITUTION = """
SELECT $1::uuid AS institution_id, institution.name, institution.region, institution.code,
       maintainer.account_id AS maintained_by
FROM (SELECT 1) AS one
LEFT JOIN institution ON institution.institution_id = $1
LEFT JOIN maintainer ON maintainer.institution_id = $1
"""
_AGENCY = "SELECT unit_id, name, region FROM agency WHERE unit_id = $1"

_AGENCIES = """
SELECT unit_id, name, region, level FROM agency
WHERE region BETWEEN $1 AND $2 AND strpos(searched, $3) > 0 AND (region, unit_id) > ($4, $5)
ORDER BY region, unit_id LIMIT $6
"""

_INDEX = SearchIndex("institution", "institution_id")
_FOUND = """
SELECT institution_id, name, region, code FROM institution
WHERE institution_id = ANY($1::uuid[]) ORDER BY institution_id
"""
_MAINTAINED = """
SELECT institution_id, institution.name, institution.region, institution.code
FROM maintainer JOIN institution USING (institution_id)
WHERE maintainer.account_id = $1 AND institution.version > 0
    AND strpos(institution.searched, $2) > 0 AND institution_id > $3
ORDER BY institution_id LIMIT $4
"""


async def keep_agencies(tx: Transaction, registered: Sequence[UnitRegistered]) -> None:
    """Takes in units as they were registered last."""
    await _keep(
        tx,
        _KEEP_AGENCIES,
        [
            (one.subject_id, one.subject_version, one.name, searched_form(one.name), one.region, one.level)
            for one in _newest(registered)
        ],
    )


async def keep_institutions(tx: Transaction, approved: Sequence[ProviderApproved]) -> None:
    """Takes in institutions as they were approved last."""
    rows = [
        (
            one.subject_id,
            one.subject_version,
            one.name,
            searched_form(one.name),
            SEPARATOR.join(grams_of(searched_form(one.name), one.region)),
            one.region,
        )
        for one in _newest(approved)
    ]
    await _keep(tx, _KEEP_INSTITUTIONS, rows)


async def keep_codes(tx: Transaction, assigned: Sequence[CodeAssigned]) -> None:
    """Takes in the codes of institutions, approved here already or not."""
    await _keep(tx, _KEEP_CODES, [(one.subject_id, one.code) for one in _newest(assigned)])


async def keep_maintainers(tx: Transaction, changed: Sequence[MaintainersChanged]) -> None:
    """Keeps which account holds the institution scope of each institution, or that none does (ACC-4)."""
    rows = [
        (
            one.subject_id,
            one.subject_version,
            next((each.account_id for each in one.maintainers if Scope.INSTITUTION in each.scopes), None),
        )
        for one in _newest(changed)
    ]
    await _keep(tx, _KEEP_MAINTAINERS, rows)


async def institution(rows: Rows, institution_id: UUID) -> Institution:
    """An institution as it is known here, also one of which nothing is."""
    return Institution(**await rows.fetchrow(_INSTITUTION, institution_id))


async def agency(rows: Rows, unit_id: UUID) -> Agency | None:
    """An agency, or None."""
    found = await rows.fetchrow(_AGENCY, unit_id)
    return Agency(**found) if found else None


async def agencies(rows: Rows, span: tuple[str, str], name: str, after: tuple[str, UUID], limit: int) -> list[Any]:
    """The agencies of a span of regions whose name contains this, in the order of their regions."""
    return await rows.fetch(_AGENCIES, *span, searched_form(name), *after, limit)


async def institutions_named(rows: Rows, query: Query, after: UUID, limit: int) -> list[Any]:
    """The approved institutions of the whole country whose name has all terms of a query (AGR-4)."""
    return await rows.fetch(_FOUND, await _INDEX.find(rows, query, after, limit))


async def institutions_maintained(rows: Rows, account_id: UUID, name: str, after: UUID, limit: int) -> list[Any]:
    """The approved institutions that an account maintains."""
    return await rows.fetch(_MAINTAINED, account_id, searched_form(name), after, limit)


async def _keep(tx: Transaction, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    if rows:
        await tx.execute(statement, *(list(column) for column in zip(*rows, strict=True)))


def _newest(events: Iterable[E]) -> list[E]:
    """The last event of each subject: one statement writes to a row once only."""
    ordered = sorted(events, key=lambda event: event.subject_version)
    return list({event.subject_id: event for event in ordered}.values())
