"""The SQL of institutions' records: added, claimed, locked, saved, told of."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from services.registry import filings
from services.registry.filings import Filing
from services.registry.institutions.rules import CodeState, Institution, grams_of, searched_text
from shared.contracts.registry.events import Scope
from shared.postgres.transaction import Rows, Transaction
from shared.security.caller import Caller, Role

_COLUMNS = f"""institution_id, version, told, details, attachments, filed, approved, approved_at, added_by,
    code, code_state, {filings.COLUMNS}"""

_MAINTAINED = "EXISTS (SELECT FROM maintainer WHERE maintainer.institution_id = one.institution_id)"
_BY_MAINTAINER = f"""
(EXISTS (SELECT FROM maintainer WHERE maintainer.institution_id = one.institution_id AND account_id = $2)
 OR (added_by = $2 AND NOT {_MAINTAINED}))
"""
_BY_UNIT = "(region BETWEEN $2 AND $3 OR approved_region BETWEEN $2 AND $3)"

_READ = f"SELECT {_COLUMNS} FROM institution AS one WHERE institution_id = $1 AND "
_READ_BY_MAINTAINER = _READ + _BY_MAINTAINER
_READ_BY_UNIT = _READ + _BY_UNIT
_LOCK = f"SELECT {_COLUMNS} FROM institution WHERE institution_id = $1 FOR UPDATE"
_LOCK_BY_MAINTAINER = f"""
SELECT {_COLUMNS}, EXISTS (
    SELECT FROM maintainer
    WHERE maintainer.institution_id = one.institution_id AND account_id = $2 AND scope = $3
) AS holds_scope
FROM institution AS one WHERE institution_id = $1 AND {_BY_MAINTAINER} FOR UPDATE OF one
"""

_ADD = """
WITH claimed AS (
    INSERT INTO institution_identity (identity, institution_id) VALUES ($1, $2)
    ON CONFLICT DO NOTHING RETURNING institution_id
)
INSERT INTO institution (institution_id, version, details, attachments, added_by, added_at, searched, grams,
                         state, submission, case_version, level, unit_name, since)
SELECT institution_id, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15 FROM claimed
RETURNING institution_id
"""
_CLAIM = """
INSERT INTO institution_identity (identity, institution_id) VALUES ($1, $2)
ON CONFLICT (identity) DO UPDATE SET identity = excluded.identity
WHERE institution_identity.institution_id = excluded.institution_id
RETURNING true
"""
_RELEASE = "DELETE FROM institution_identity WHERE institution_id = $1 AND identity <> ALL($2::text[])"
_CLAIMED_BY = f"""
SELECT institution_id, {_MAINTAINED.replace("one.", "institution_identity.")} AS maintained
FROM institution_identity WHERE identity = $1
"""

# Filing and reviewing leave the working copy alone, and the database what it derives from it.
_SAVE_COPY = """
UPDATE institution SET
    version = $2, details = $3, attachments = $4,
    state = $5, submission = $6, case_version = $7, level = $8, unit_name = $9, since = $10
WHERE institution_id = $1
"""
_SAVE_FILING = """
UPDATE institution SET
    version = $2, told = $3, filed = $4, approved = $5, approved_at = $6,
    state = $7, submission = $8, case_version = $9, level = $10, unit_name = $11, since = $12
WHERE institution_id = $1
"""
_SAVE_SEARCHED = "UPDATE institution SET searched = $2, grams = $3 WHERE institution_id = $1"

_POLICY = "SELECT allowed FROM institution_policy WHERE kind = $1"
_IDENTIFIED = """
SELECT institution_id AS provider_id, 'institution' AS kind, name, uscc, licence_number FROM institution
WHERE institution_id = ANY($1::uuid[]) ORDER BY institution_id
"""
# Whoever writes several records takes them in the same order.
_LOCKED = """
WITH locked AS (
    SELECT institution_id FROM institution WHERE institution_id = ANY($1::uuid[])
    ORDER BY institution_id FOR UPDATE
)
"""
_TELL = f"""{_LOCKED}
UPDATE institution SET told = told + 1 FROM locked WHERE institution.institution_id = locked.institution_id
RETURNING institution.institution_id, told, name, region
"""
_CODED = f"""{_LOCKED}
UPDATE institution SET code = new.code, code_state = 'assigned'
FROM locked JOIN unnest($1::uuid[], $2::text[]) AS new (institution_id, code) USING (institution_id)
WHERE institution.institution_id = locked.institution_id AND institution.code IS DISTINCT FROM new.code
"""
_AWAITING = f"""{_LOCKED}
UPDATE institution SET code_state = 'awaiting-agreement' FROM locked
WHERE institution.institution_id = locked.institution_id AND code_state = 'none'
"""


class Claimed(NamedTuple):
    """Who has an identity."""

    institution_id: UUID
    maintained: bool


class Told(NamedTuple):
    """An institution about which an event is going to be told, with that event's version."""

    institution_id: UUID
    told: int
    name: str
    region: str


async def add(tx: Transaction, institution: Institution) -> bool:
    """Writes a new record; false where another one has its identity, even one written this very instant."""
    added = await tx.fetchval(
        _ADD,
        institution.identity,
        institution.institution_id,
        institution.version,
        institution.details,
        institution.attachments,
        institution.added_by,
        tx.now,
        *_searched(institution),
        *institution.filing.values,
    )
    return added is not None


async def claimed_by(rows: Rows, identity: str) -> Claimed:
    """Which record has an identity that could not be claimed."""
    return Claimed(*await rows.fetchrow(_CLAIMED_BY, identity))


async def claim(tx: Transaction, institution: Institution) -> bool:
    """Takes the identity of the working copy for this record; false where another record has it."""
    return bool(await tx.fetchval(_CLAIM, institution.identity, institution.institution_id))


async def release_others(tx: Transaction, institution_id: UUID, identities: Sequence[str]) -> None:
    """Gives up every identity of a record but these."""
    await tx.execute(_RELEASE, institution_id, identities)


async def read(rows: Rows, institution_id: UUID, caller: Caller) -> Institution | None:
    """The record, where the caller maintains it, added it while nobody maintains it, or oversees its region."""
    if caller.role is Role.MAINTAINER:
        row = await rows.fetchrow(_READ_BY_MAINTAINER, institution_id, caller.account_id)
    else:
        row = await rows.fetchrow(_READ_BY_UNIT, institution_id, *caller.span)
    return None if row is None else _institution(row)


async def lock(tx: Transaction, institution_id: UUID) -> Institution | None:
    """The record, locked, for what the registry does by itself."""
    row = await tx.fetchrow(_LOCK, institution_id)
    return None if row is None else _institution(row)


async def lock_for_change(
    tx: Transaction, institution_id: UUID, caller: Caller
) -> tuple[Institution, bool] | None:
    """The record, locked, and whether the caller holds its institution scope; None where it may not be seen."""
    row = await tx.fetchrow(_LOCK_BY_MAINTAINER, institution_id, caller.account_id, Scope.INSTITUTION)
    return None if row is None else (_institution(row), row["holds_scope"])


async def save_searched(tx: Transaction, institution: Institution) -> None:
    """Lets a record be found by its new name and numbers; apart, since the search index is dear to write."""
    await tx.execute(_SAVE_SEARCHED, institution.institution_id, *_searched(institution))


async def save_copy(tx: Transaction, institution: Institution) -> None:
    """Writes back the working copy, all but what a search looks through."""
    await tx.execute(
        _SAVE_COPY,
        institution.institution_id,
        institution.version,
        institution.details,
        institution.attachments,
        *institution.filing.values,
    )


async def save_filing(tx: Transaction, institution: Institution) -> None:
    """Writes back what is filed, what is in force, and where the review stands."""
    await tx.execute(
        _SAVE_FILING,
        institution.institution_id,
        institution.version,
        institution.told,
        institution.filed,
        institution.approved,
        institution.approved_at,
        *institution.filing.values,
    )


async def allows(rows: Rows, kind: str) -> bool:
    """Whether the nation's unit lets in a kind of institution at present."""
    return bool(await rows.fetchval(_POLICY, kind))


async def next_event_versions(tx: Transaction, institution_ids: Sequence[UUID]) -> list[Told]:
    """Counts one more event about each of these, for whoever is going to record it."""
    return [Told(*row) for row in await tx.fetch(_TELL, institution_ids)]


async def identified(rows: Rows, institution_ids: Sequence[UUID]) -> list[Any]:
    """Name and numbers of these institutions, as far as they are on record."""
    return await rows.fetch(_IDENTIFIED, institution_ids)


async def save_codes(tx: Transaction, codes: Sequence[tuple[UUID, str]]) -> None:
    """Writes which institution bears which code."""
    await tx.execute(_CODED, *map(list, zip(*codes, strict=True)))


async def save_awaiting(tx: Transaction, institution_ids: Sequence[UUID]) -> None:
    """Marks institutions as waiting for an agreement; one that bears a code by now stays as it is."""
    await tx.execute(_AWAITING, institution_ids)


def _searched(institution: Institution) -> tuple[str, list[str]]:
    text = searched_text(institution.details)
    return text, grams_of(text)


def _institution(row: Any) -> Institution:
    return Institution(
        institution_id=row["institution_id"],
        version=row["version"],
        told=row["told"],
        details=row["details"],
        attachments=row["attachments"],
        added_by=row["added_by"],
        filing=Filing.of(row),
        filed=row["filed"],
        approved=row["approved"],
        approved_at=row["approved_at"],
        code=row["code"],
        code_state=CodeState(row["code_state"]),
    )
