"""The SQL of what coding decides about records: a code, a wait for an agreement, a refusal."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from services.registry.records.store.rows import of_kind
from services.registry.records.subject import Subject
from shared.postgres.transaction import Rows, Transaction
from shared.security.caller import Caller

# Whoever writes several records takes them in the same order. A code stays for ever: no later outcome changes it.
# The records of one practitioner show one code, each from its approval on (COD-5).
_UNCODED = """
WITH locked AS (
    SELECT record_id, code_holder_id FROM KIND
    WHERE code_holder_id = ANY($1::uuid[]) ORDER BY record_id FOR UPDATE
)
UPDATE KIND AS one SET {columns}
FROM locked
JOIN unnest($1::uuid[], $2::bigint[]{arrays}) AS new (code_holder_id, version{names}) USING (code_holder_id)
WHERE one.record_id = locked.record_id AND one.code IS NULL
  AND (one.life <> 'draft' OR one.code_holder_id = one.record_id)
"""
_CODED = _UNCODED.format(
    columns="code = new.code, code_state = 'assigned', code_refusal = NULL, code_version = new.version",
    arrays=", $3::text[]",
    names=", code",
)
_NEWER = " AND one.code_version < new.version"
_AWAITING = (
    _UNCODED.format(
        columns="code_state = 'awaiting-agreement', code_refusal = NULL, code_version = new.version",
        arrays="",
        names="",
    )
    + _NEWER
)
_REFUSED = (
    _UNCODED.format(
        columns="code_state = 'refused', code_refusal = new.refusal, code_version = new.version",
        arrays=", $3::jsonb[]",
        names=", refusal",
    )
    + _NEWER
)
_LIST_REFUSED = """
SELECT record_id, name, numbers, region, code_refusal FROM KIND
WHERE code_state = 'refused' AND in_force_region BETWEEN $1 AND $2 AND ($3::uuid IS NULL OR record_id > $3)
ORDER BY record_id LIMIT $4
"""


class CodeOutcome(NamedTuple):
    """What coding decides about a holder, with the version of its event: a code, a refusal, or neither."""

    code_holder_id: UUID
    version: int
    value: str | dict[str, Any] | None = None


async def save_codes(tx: Transaction, kind: str, outcomes: Sequence[CodeOutcome]) -> None:
    """Writes which record bears which code; a code stays for ever."""
    await tx.execute(of_kind(_CODED, kind), *_columns(outcomes))


async def save_awaiting(tx: Transaction, kind: str, outcomes: Sequence[CodeOutcome]) -> None:
    """Marks records as waiting for an agreement; one that bears a code by now stays as it is."""
    await tx.execute(of_kind(_AWAITING, kind), *_columns(outcomes)[:2])


async def save_code_refusals(tx: Transaction, kind: str, outcomes: Sequence[CodeOutcome]) -> None:
    """Writes why records get no code; one that bears a code by now stays as it is."""
    await tx.execute(of_kind(_REFUSED, kind), *_columns(outcomes))


async def refused_codes(rows: Rows, subject: Subject, caller: Caller, after: UUID | None, limit: int) -> list[Any]:
    """The records of the caller's region whose codes are refused."""
    return await rows.fetch(of_kind(_LIST_REFUSED, subject.kind), *caller.span, after, limit)


def _columns(outcomes: Sequence[CodeOutcome]) -> list[list[Any]]:
    return [list(column) for column in zip(*outcomes, strict=True)]
