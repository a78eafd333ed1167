"""The SQL that reads one record for somebody: what their scopes do not open is not read."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from services.registry.demands.store import demands_of
from services.registry.records.rules import Archive, Copy, Life, Record
from services.registry.records.store.rows import ARCHIVE, COPY, JOIN_ARCHIVE, RECORD, of_kind
from services.registry.records.subject import Subject
from shared.contracts.registry.events import LocalDemand
from shared.postgres.columns import Column
from shared.postgres.row_mapper import Part, RowMapper
from shared.postgres.transaction import Rows, Transaction
from shared.security.caller import Caller, Role

# A scope on another part of the provider shows that the record exists; the scope of its kind opens it. Who added
# it sees it whole while nobody maintains it.
MAINTAINED = """
CROSS JOIN LATERAL (
    SELECT coalesce(bool_or(account_id = $2 AND scope = $3), false) AS holds_scope,
           coalesce(bool_or(account_id = $2), false) AS maintains,
           count(*) = 0 AND one.added_by = $2 AS free
    FROM maintainer WHERE maintainer.provider_id = one.provider_id
) AS mine
"""
_COPIES = f"""
{JOIN_ARCHIVE}
LEFT JOIN KIND_copy AS copy ON copy.record_id = one.record_id AND OPENS
LEFT JOIN KIND_snapshot AS in_force
    ON in_force.record_id = one.record_id AND in_force.submission = one.in_force_submission AND OPENS
"""
_READ_COPIES = f"""{COPY.of("copy")}, {COPY.of("in_force", "in_force_")}, {ARCHIVE.of("archived", "archive_")},
    in_force.form_edition AS in_force_edition, one.code_refusal, local_demands('KIND', one.region) AS demands"""
_READ_BY_MAINTAINER = f"""
SELECT {RECORD.of("one")}, {_READ_COPIES}, mine.holds_scope, mine.free
FROM KIND AS one {MAINTAINED} {_COPIES.replace("OPENS", "(mine.holds_scope OR mine.free)")}
WHERE one.record_id = $1 AND (mine.maintains OR mine.free)
"""
_READ_BY_UNIT = f"""
SELECT {RECORD.of("one")}, {_READ_COPIES}, false AS holds_scope, false AS free
FROM KIND AS one {_COPIES.replace("OPENS", "true")}
WHERE one.record_id = $1 AND (one.region BETWEEN $2 AND $3 OR one.in_force_region BETWEEN $2 AND $3)
"""
# The copy may be older than what the lock has waited for; then the record has a version that no caller has seen
# yet.
# Their own scopes are shared until the transaction ends, before the record is locked: whoever hands them over to a
# successor waits, or the caller has lost them (ACC-10).
_LOCK_FOR_CHANGE = f"""
WITH held AS MATERIALIZED (
    SELECT provider_id, scope FROM maintainer
    WHERE account_id = $2 AND provider_id IN (SELECT provider_id FROM KIND WHERE record_id = ANY($1::uuid[]))
    FOR KEY SHARE
)
SELECT {RECORD.of("one")}, {_READ_COPIES}, mine.holds_scope, mine.free
FROM KIND AS one
CROSS JOIN LATERAL (
    SELECT coalesce(bool_or(scope = $3), false) AS holds_scope, count(*) > 0 AS maintains,
           one.added_by = $2 AND NOT EXISTS (
               SELECT FROM maintainer WHERE maintainer.provider_id = one.provider_id
           ) AS free
    FROM held WHERE held.provider_id = one.provider_id
) AS mine
{_COPIES.replace("OPENS", "(mine.holds_scope OR mine.free)")}
WHERE one.record_id = ANY($1::uuid[]) AND (mine.maintains OR mine.free) ORDER BY one.record_id FOR UPDATE OF one
"""

_MAINTAINED_NOW = "SELECT EXISTS (SELECT FROM maintainer WHERE provider_id = $1)"
_HANDED_OVER_AT = """
SELECT max(handover.since) FROM handover JOIN KIND AS one USING (provider_id)
WHERE one.record_id = $1 AND predecessor_id = $2 AND completed
"""
_APPLICATION_UNDER_REVIEW = """
SELECT coalesce(unit_name, '') FROM KIND WHERE provider_id = $1 AND state = 'submitted' LIMIT 1
"""


class Found(NamedTuple):
    """A record as a caller may see it: without copies where the caller's scopes do not open it.

    `free` says that the caller added it, and nobody maintains it yet; `demands` are the local demands on it,
    `archive` that of the provider that it is or belongs to.
    """

    record: Record
    copy: Copy | None = None
    in_force: Copy | None = None
    in_force_edition: str | None = None
    code_refusal: Mapping[str, Any] | None = None
    holds_scope: bool = False
    free: bool = False
    demands: tuple[LocalDemand, ...] = ()
    archive: Archive | None = None


_FOUND = RowMapper(
    Found,
    {
        "record": Part(RECORD),
        "copy": Part(COPY, optional=True),
        "in_force": Part(COPY, "in_force_", optional=True),
        "in_force_edition": "text",
        "code_refusal": "jsonb",
        "holds_scope": "boolean",
        "free": "boolean",
        "demands": Column("jsonb", decode=demands_of),
        "archive": Part(ARCHIVE, "archive_", optional=True),
    },
)


def _found(row: Any) -> Found:
    """The record of a row; that of an archived provider is archived, whether or not the job has come to it."""
    found = _FOUND.from_row(row)
    if found.archive is None or found.record.life is Life.ARCHIVED:
        return found
    return found._replace(record=found.record.archived(found.archive.at))


async def read(rows: Rows, subject: Subject, record_id: UUID, caller: Caller) -> Found | None:
    """The record, for a maintainer of its provider, for who added it, or for a unit of its region (REV-4)."""
    if caller.role is Role.MAINTAINER:
        statement = of_kind(_READ_BY_MAINTAINER, subject.kind)
        row = await rows.fetchrow(statement, record_id, caller.account_id, subject.scope)
    else:
        row = await rows.fetchrow(of_kind(_READ_BY_UNIT, subject.kind), record_id, *caller.span)
    return None if row is None else _found(row)


async def lock_for_change(tx: Transaction, subject: Subject, record_id: UUID, caller: Caller) -> Found | None:
    """The record, locked; None where the caller may not see it."""
    return next(iter(await lock_many_for_change(tx, subject, [record_id], caller)), None)


async def lock_many_for_change(
    tx: Transaction, subject: Subject, record_ids: Sequence[UUID], caller: Caller
) -> list[Found]:
    """Those of the records that the caller may see, locked."""
    statement = of_kind(_LOCK_FOR_CHANGE, subject.kind)
    return [_found(row) for row in await tx.fetch(statement, record_ids, caller.account_id, subject.scope)]


async def is_maintained(rows: Rows, provider_id: UUID) -> bool:
    """Whether anybody maintains anything of a provider, as of this statement."""
    return bool(await rows.fetchval(_MAINTAINED_NOW, provider_id))


async def handed_over_at(rows: Rows, kind: str, record_id: UUID, account_id: UUID) -> datetime | None:
    """When an account had to hand over the provider of a record; None if it never had to."""
    found: datetime | None = await rows.fetchval(of_kind(_HANDED_OVER_AT, kind), record_id, account_id)
    return found


async def application_under_review(rows: Rows, kind: str, provider_id: UUID) -> str | None:
    """The unit that holds an application of a kind about the provider, empty before one does; None without one."""
    held_by: str | None = await rows.fetchval(of_kind(_APPLICATION_UNDER_REVIEW, kind), provider_id)
    return held_by
