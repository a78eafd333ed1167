"""The SQL of the coding service."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.coding.formats import Format
from services.coding.rules import (
    Approval,
    AssignOn,
    CodeHolder,
    CodingRules,
    IdentityOwner,
    Place,
    PolicyKey,
    Run,
)
from shared.postgres.columns import Column, Columns
from shared.postgres.row_mapper import RowMapper
from shared.postgres.transaction import Rows, Transaction

_APPROVAL = RowMapper(
    Approval,
    {
        "subject_id": "uuid",
        "version": "bigint",
        "kind": "text",
        "identity": "text",
        "name": "text",
        "region": "text",
        "provider_type": "text",
        "approved_at": "timestamptz",
    },
    key=["subject_id"],
)
_HOLDER = RowMapper(
    CodeHolder,
    {
        "subject_id": "uuid",
        "kind": "text",
        "identity": "text",
        "name": "text",
        "region": "text",
        "provider_type": "text",
        "approved_at": "timestamptz",
        "agreed": "boolean",
        "awaited": "boolean",
        "refused_for": "uuid",
        "code": "text",
        "assigned_at": "timestamptz",
        "event_version": "bigint",
        "archived_at": "timestamptz",
    },
    key=["subject_id"],
)
_OUTCOME = _HOLDER.only("subject_id", "awaited", "refused_for", "code", "assigned_at", "event_version")
_IDENTITY: Columns[CodeHolder] = Columns(
    {
        "kind": "text",
        "identity": "text",
        "subject_id": "uuid",
        "name": "text",
        "since": Column("timestamptz", "approved_at"),
    }
)
_OWNER = RowMapper(IdentityOwner, {"subject_id": "uuid", "name": "text", "code": "text"})
_RUN: Columns[Run] = Columns({"prefix": "text", "prefecture": "text", "last": Column("bigint", "count")})
_FORMAT = RowMapper(Format, {"kind": "text", "prefix": "text", "digits": "integer"})

# Assigning codes shares this lock, changing a policy holds it exclusively: after the change no transaction is
# left that has read the policies before it, so the job that follows misses nobody.
_SHARE_POLICIES = "SELECT pg_advisory_xact_lock_shared(hashtextextended('coding.policies', 0))"
_LOCK_POLICIES = _SHARE_POLICIES.replace("_shared", "")

_LOCK_APPROVED = f"""
WITH policies AS MATERIALIZED ({_SHARE_POLICIES})
INSERT INTO holder AS kept ({_APPROVAL.columns})
SELECT {_APPROVAL.columns} FROM {_APPROVAL.rows}, policies ORDER BY subject_id
ON CONFLICT (subject_id) DO UPDATE SET {_APPROVAL.assignments("excluded")}
WHERE kept.version < excluded.version
RETURNING {_HOLDER.columns}
"""

_LOCK_AGREED = f"""
WITH policies AS MATERIALIZED ({_SHARE_POLICIES})
INSERT INTO holder (subject_id, agreed)
SELECT subject_id, true FROM unnest($1::uuid[]) AS subject_id, policies ORDER BY 1
ON CONFLICT (subject_id) DO UPDATE SET agreed = true
RETURNING {_HOLDER.columns}
"""

_LOCK_ARCHIVED = f"""
INSERT INTO holder AS kept (subject_id, archived_at)
SELECT subject_id, archived_at FROM unnest($1::uuid[], $2::timestamptz[]) AS new (subject_id, archived_at)
ORDER BY subject_id
ON CONFLICT (subject_id) DO UPDATE SET archived_at = excluded.archived_at WHERE kept.archived_at IS NULL
RETURNING {_HOLDER.columns}
"""

_LOCK_WAITING = f"""
SELECT {_HOLDER.columns} FROM holder
WHERE code IS NULL AND archived_at IS NULL AND kind = $1 AND starts_with(provider_type, $2) AND subject_id > $3
ORDER BY subject_id LIMIT $4 FOR UPDATE
"""
_COUNT_WAITING = """
SELECT count(*) FROM holder
WHERE code IS NULL AND archived_at IS NULL AND kind = $1 AND starts_with(provider_type, $2)
"""

_CLAIM = f"""
INSERT INTO identity ({_IDENTITY.columns})
SELECT {_IDENTITY.columns} FROM {_IDENTITY.rows}
ORDER BY kind, identity, since, subject_id
ON CONFLICT (kind, identity) DO NOTHING
RETURNING kind, identity, subject_id
"""
_OWNERS = f"""
SELECT identity.kind, identity.identity, {_OWNER.of("holder")}
FROM unnest($1::text[], $2::text[]) AS asked (kind, identity)
JOIN identity USING (kind, identity) JOIN holder USING (subject_id)
"""
_RELEASE = "DELETE FROM identity WHERE subject_id = ANY($1::uuid[])"

_TAKE_SERIALS = f"""
INSERT INTO counter ({_RUN.columns})
SELECT {_RUN.columns} FROM {_RUN.rows} ORDER BY prefix, prefecture
ON CONFLICT (prefix, prefecture) DO UPDATE SET last = counter.last + excluded.last
RETURNING {_RUN.columns}
"""
_SET_SERIALS = """
UPDATE counter SET last = new.last
FROM unnest($1::text[], $2::text[], $3::bigint[]) AS new (prefix, prefecture, last)
WHERE counter.prefix = new.prefix AND counter.prefecture = new.prefecture
"""

_SAVE = f"""
UPDATE holder SET {_OUTCOME.assignments("new")}
FROM {_OUTCOME.rows} WHERE holder.subject_id = new.subject_id
"""

_RULES = """
SELECT kind, prefix, digits, type_prefix, assign_on FROM code_format LEFT JOIN policy USING (kind)
"""
_SAVE_POLICY = """
INSERT INTO policy (kind, type_prefix, assign_on, changed_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (kind, type_prefix) DO UPDATE SET
    assign_on = excluded.assign_on, version = policy.version + 1, changed_at = excluded.changed_at
"""

_CODE = """
SELECT code, kind, name, region, subject_id, assigned_at, archived_at AS retired_at
FROM holder WHERE code IS NOT NULL AND """
_BY_CODE = _CODE + "code = $1"
_BY_SUBJECT = _CODE + "subject_id = $1"
_NAMES = "SELECT name, min(since) AS since FROM identity WHERE subject_id = $1 GROUP BY name ORDER BY 2, 1"


async def lock_approved(tx: Transaction, approvals: Sequence[Approval]) -> list[CodeHolder]:
    """Saves newly approved versions and locks their holders; ignores versions older than the stored one."""
    rows = await tx.fetch(_LOCK_APPROVED, *_APPROVAL.arrays(approvals))
    return [_HOLDER.from_row(row) for row in rows]


async def lock_agreed(tx: Transaction, subjects: Sequence[UUID]) -> list[CodeHolder]:
    """Marks the holders as having an agreement and locks them."""
    return [_HOLDER.from_row(row) for row in await tx.fetch(_LOCK_AGREED, subjects)]


async def lock_archived(tx: Transaction, archived: Mapping[UUID, datetime]) -> list[CodeHolder]:
    """Marks holders as archived, known or not yet, and locks them; leaves out those archived before."""
    rows = await tx.fetch(_LOCK_ARCHIVED, list(archived), list(archived.values()))
    return [_HOLDER.from_row(row) for row in rows]


async def lock_waiting(tx: Transaction, key: PolicyKey, after: UUID, limit: int) -> list[CodeHolder]:
    """Locks the next holders without a code that a policy applies to, in the order of their ids."""
    await tx.execute(_SHARE_POLICIES)
    return [_HOLDER.from_row(row) for row in await tx.fetch(_LOCK_WAITING, *key, after, limit)]


async def count_waiting(rows: Rows, key: PolicyKey) -> int:
    """Counts the holders without a code that a policy applies to."""
    count: int = await rows.fetchval(_COUNT_WAITING, *key)
    return count


async def claim_identities(tx: Transaction, holders: Sequence[CodeHolder]) -> dict[tuple[str, str], IdentityOwner]:
    """Claims the identities of these holders permanently; returns the owners of those taken before."""
    if not holders:
        return {}
    claimed = {tuple(row) for row in await tx.fetch(_CLAIM, *_IDENTITY.arrays(holders))}
    taken = {
        (one.kind, one.identity) for one in holders if (one.kind, one.identity, one.subject_id) not in claimed
    }
    if not taken:
        return {}
    found = await tx.fetch(_OWNERS, *zip(*sorted(taken), strict=True))
    return {(row["kind"], row["identity"]): _OWNER.from_row(row) for row in found}


async def release_identities(tx: Transaction, holders: Sequence[CodeHolder]) -> None:
    """Releases the identities of holders that got no code."""
    await tx.execute(_RELEASE, [one.subject_id for one in holders])


async def take_serials(tx: Transaction, runs: Sequence[Run]) -> dict[Place, int]:
    """Takes the runs from their counters; returns each counter's last serial."""
    if not runs:
        return {}
    rows = await tx.fetch(_TAKE_SERIALS, *_RUN.arrays(runs))
    return {Place(row["prefix"], row["prefecture"]): row["last"] for row in rows}


async def set_serials(tx: Transaction, last: Mapping[Place, int]) -> None:
    """Sets counters to the last assigned serial."""
    await tx.execute(_SET_SERIALS, *zip(*((*place, serial) for place, serial in last.items()), strict=True))


async def save(tx: Transaction, holders: Sequence[CodeHolder]) -> None:
    """Saves codes, waiting and refusals of holders."""
    if holders:
        await tx.execute(_SAVE, *_OUTCOME.arrays(holders))


async def coding_rules(rows: Rows) -> CodingRules:
    """Returns the code formats by kind, and when codes are assigned."""
    found = await rows.fetch(_RULES)
    formats = {row["kind"]: _FORMAT.from_row(row) for row in found}
    policies = {
        PolicyKey(row["kind"], row["type_prefix"]): AssignOn(row["assign_on"])
        for row in found
        if row["assign_on"] is not None
    }
    return CodingRules(formats, policies)


async def lock_policies(tx: Transaction) -> None:
    """Locks the policies against all transactions that assign codes by them."""
    await tx.execute(_LOCK_POLICIES)


async def save_policy(tx: Transaction, key: PolicyKey, assign_on: AssignOn) -> None:
    """Saves one policy."""
    await tx.execute(_SAVE_POLICY, *key, assign_on, tx.now)


async def by_code(rows: Rows, code: str) -> Mapping[str, Any] | None:
    """Returns a code with its current holder, or None."""
    return await _with_names(rows, await rows.fetchrow(_BY_CODE, code))


async def by_subject(rows: Rows, subject_id: UUID) -> Mapping[str, Any] | None:
    """Returns the code of a subject, or None."""
    return await _with_names(rows, await rows.fetchrow(_BY_SUBJECT, subject_id))


async def _with_names(rows: Rows, found: Any) -> Mapping[str, Any] | None:
    if found is None:
        return None
    names = await rows.fetch(_NAMES, found["subject_id"])
    return {**found, "names": [dict(row) for row in names]}
