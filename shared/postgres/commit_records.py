"""The last statement of a transaction: it writes the audit trail, the outbox and the stored answer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from shared.messaging.outbox import RECORD, EventRow
from shared.postgres.audit import Entry

# Every list may be empty, so that there is one statement, prepared once, for all transactions. Heads are taken
# in an order of subjects that is the same for every writer.
_COMMIT = f"""
WITH entry AS (
    SELECT subject_id, actor, address, action, correlation_id, before::jsonb AS before, after::jsonb AS after
    FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
        AS one (subject_id, actor, address, action, correlation_id, before, after)
), head AS (
    INSERT INTO audit_head AS head (subject_id, entry, hash)
    SELECT subject_id, 1, audit_hash('', subject_id, 1, $1, actor, address, action, correlation_id, before, after)
    FROM entry ORDER BY subject_id
    ON CONFLICT (subject_id) DO UPDATE SET
        entry = head.entry + 1,
        hash = (
            SELECT audit_hash(head.hash, subject_id, head.entry + 1, $1, actor, address, action, correlation_id,
                              before, after)
            FROM entry WHERE entry.subject_id = excluded.subject_id
        )
    RETURNING subject_id, entry, hash
), trail AS (
    INSERT INTO audit (subject_id, entry, happened_at, actor, address, action, correlation_id, before, after, hash)
    SELECT subject_id, head.entry, $1, actor, address, action, correlation_id, before, after, head.hash
    FROM head JOIN entry USING (subject_id)
), recorded AS (
    {RECORD}
)
INSERT INTO idempotency (caller, key, request_hash, status, reply)
SELECT * FROM unnest($18::text[], $19::text[], $20::bytea[], $21::smallint[], $22::bytea[])
ON CONFLICT DO NOTHING RETURNING true
"""


class AnsweredBefore(Exception):
    """The same request has been answered already; this transaction is rolled back."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a request with an Idempotency-Key."""

    caller: str
    key: str
    request_hash: bytes
    status: int
    reply: bytes


class _Rows(Protocol):
    async def fetch(self, query: str, *args: Any) -> list[Any]: ...


async def commit_records(
    rows: _Rows,
    now: datetime,
    entries: Iterable[Entry] = (),
    events: Sequence[EventRow] = (),
    answer: Answer | None = None,
) -> None:
    """Writes all records; raises AnsweredBefore if the same request has stored its answer already."""
    *earlier, last = _rounds(entries)
    for several in earlier:
        await _write(rows, now, several, (), None)
    if (last or events or answer) and not await _write(rows, now, last, events, answer):
        raise AnsweredBefore


async def _write(
    rows: _Rows, now: datetime, entries: Sequence[Entry], events: Sequence[EventRow], answer: Answer | None
) -> bool:
    stored = await rows.fetch(
        _COMMIT,
        now,
        *_columns(entries, Entry),
        *_columns(events, EventRow),
        *_columns([answer] if answer else [], Answer),
    )
    return bool(stored) or answer is None


def _columns(things: Sequence[Any], kind: type[Any]) -> list[list[Any]]:
    return [[getattr(thing, name) for thing in things] for name in kind.__slots__]


def _rounds(entries: Iterable[Entry]) -> list[list[Entry]]:
    """Splits the entries into rounds with one entry per subject, since each entry builds on the one before."""
    rounds: list[dict[UUID, Entry]] = [{}]
    for entry in entries:
        for one in rounds:
            if entry.subject_id not in one:
                one[entry.subject_id] = entry
                break
        else:
            rounds.append({entry.subject_id: entry})
    return [list(one.values()) for one in rounds]
