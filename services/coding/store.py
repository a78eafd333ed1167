"""Every SQL statement of the coding service."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from services.coding.rules import AssignOn, CodeHolder, Run, identity_of
from shared.contracts.coding.events import CodeKind
from shared.contracts.registry.events import ProviderApproved
from shared.postgres.transaction import Rows, Transaction

_BEARER = "subject_id, identity, name, region, institution_type, agreed, awaited, code"

_LOCK_APPROVED = f"""
INSERT INTO bearer AS kept (subject_id, version, identity, name, region, institution_type)
SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[]) ORDER BY 1
ON CONFLICT (subject_id) DO UPDATE SET
    version = excluded.version, identity = excluded.identity, name = excluded.name,
    region = excluded.region, institution_type = excluded.institution_type
WHERE kept.version < excluded.version
RETURNING {_BEARER}
"""

_LOCK_AGREED = f"""
INSERT INTO bearer (subject_id, agreed) SELECT subject_id, true FROM unnest($1::uuid[]) AS subject_id ORDER BY 1
ON CONFLICT (subject_id) DO UPDATE SET agreed = true
RETURNING {_BEARER}
"""

_CODES_OF = "SELECT identity, code FROM code WHERE kind = $1 AND identity = ANY($2::text[])"

_TAKE_SERIALS = """
INSERT INTO counter (prefix, prefecture, last)
SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[]) ORDER BY 1, 2
ON CONFLICT (prefix, prefecture) DO UPDATE SET last = counter.last + excluded.last
RETURNING prefecture, last
"""

_INSERT_CODES = """
INSERT INTO code (code, kind, identity, subject_id, name, region, assigned_at)
SELECT code, $6, identity, subject_id, name, region, $7
FROM unnest($1::text[], $2::text[], $3::uuid[], $4::text[], $5::text[])
    AS new (code, identity, subject_id, name, region)
"""

_SAVE_CODES = """
UPDATE bearer SET code = new.code
FROM unnest($1::uuid[], $2::text[]) AS new (subject_id, code) WHERE bearer.subject_id = new.subject_id
"""
_SAVE_AWAITED = "UPDATE bearer SET awaited = true WHERE subject_id = ANY($1::uuid[])"

_POLICIES = "SELECT institution_type, moment FROM policy"
_SAVE_POLICY = """
INSERT INTO policy (institution_type, moment, changed_at) VALUES ($1, $2, $3)
ON CONFLICT (institution_type) DO UPDATE SET
    moment = excluded.moment, version = policy.version + 1, changed_at = excluded.changed_at
"""

_BY_CODE = "SELECT code, kind, name, region, subject_id, assigned_at FROM code WHERE code = $1"
_BY_SUBJECT = """
SELECT code.code, code.kind, code.name, code.region, bearer.subject_id, code.assigned_at
FROM bearer JOIN code ON code.code = bearer.code WHERE bearer.subject_id = $1
"""


async def lock_approved(tx: Transaction, approved: Sequence[ProviderApproved]) -> list[CodeHolder]:
    """Takes in newly approved versions and locks their bearers; an older version than kept is left out."""
    columns = zip(
        *(
            (
                one.subject_id,
                one.subject_version,
                identity_of(one.name, one.uscc, one.licence_number),
                one.name,
                one.region,
                one.provider_type,
            )
            for one in approved
        ),
        strict=True,
    )
    return [_bearer(row) for row in await tx.fetch(_LOCK_APPROVED, *columns)]


async def lock_agreed(tx: Transaction, subjects: Sequence[UUID]) -> list[CodeHolder]:
    """Marks the bearers as having an agreement and locks them."""
    return [_bearer(row) for row in await tx.fetch(_LOCK_AGREED, subjects)]


async def codes_of(tx: Transaction, kind: CodeKind, identities: Sequence[str]) -> dict[str, str]:
    """The codes that these identities already have."""
    if not identities:
        return {}
    return {row["identity"]: row["code"] for row in await tx.fetch(_CODES_OF, kind, identities)}


async def take_serials(tx: Transaction, runs: Sequence[Run]) -> dict[str, int]:
    """Takes the runs from their counters; gives each counter's last serial, by prefecture."""
    if not runs:
        return {}
    rows = await tx.fetch(
        _TAKE_SERIALS,
        [run.prefix for run in runs],
        [run.prefecture for run in runs],
        [run.count for run in runs],
    )
    return {row["prefecture"]: row["last"] for row in rows}


async def insert_codes(tx: Transaction, kind: CodeKind, bearers: Sequence[CodeHolder]) -> None:
    """Writes new codes, one for each identity, as that of its first bearer."""
    fresh = {one.identity: one for one in reversed(bearers)}.values()
    if fresh:
        columns = zip(
            *((one.code, one.identity, one.subject_id, one.name, one.region) for one in fresh), strict=True
        )
        await tx.execute(_INSERT_CODES, *columns, kind, tx.now)


async def save(tx: Transaction, coded: Sequence[CodeHolder], waiting: Sequence[CodeHolder]) -> None:
    """Writes who bears which code and who waits for an agreement."""
    if coded:
        await tx.execute(_SAVE_CODES, [one.subject_id for one in coded], [one.code for one in coded])
    if waiting:
        await tx.execute(_SAVE_AWAITED, [one.subject_id for one in waiting])


async def policies(rows: Rows) -> dict[str, AssignOn]:
    """The policies by type of institution."""
    return {row["institution_type"]: AssignOn(row["moment"]) for row in await rows.fetch(_POLICIES)}


async def save_policy(tx: Transaction, institution_type: str, moment: AssignOn) -> None:
    """Sets one policy."""
    await tx.execute(_SAVE_POLICY, institution_type, moment, tx.now)


async def by_code(rows: Rows, code: str) -> Mapping[str, Any] | None:
    """A code with what it was assigned to, or None."""
    found: Mapping[str, Any] | None = await rows.fetchrow(_BY_CODE, code)
    return found


async def by_subject(rows: Rows, subject_id: UUID) -> Mapping[str, Any] | None:
    """The code of a subject, or None."""
    found: Mapping[str, Any] | None = await rows.fetchrow(_BY_SUBJECT, subject_id)
    return found


def _bearer(row: Any) -> CodeHolder:
    return CodeHolder(**row)
