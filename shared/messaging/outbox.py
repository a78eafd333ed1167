"""The outbox: events as rows of the transaction that caused them, read in order, deleted when published.

Order: a use case locks the row of a subject before it records the subject's events, so that they get their
positions in commit order. A snapshot therefore shows no event of a subject without its older events. The relay
reads by position and never skips a position permanently that was not committed yet: a `Cursor` stores which
transactions were running when it passed a position, and the next read finds what those have committed since. PgQ
reads its batches in the same way.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, Self
from uuid import UUID

from shared.postgres.pool import Connection

_LAST_TRANSACTION = str(2**64 - 1)
# A later part of one statement, of which $1 is the time: the events as nine lists of equal length.
RECORD = """
INSERT INTO outbox (event_id, type, subject_id, subject_version, region,
                    correlation_id, causation_id, traceparent, happened_at, body)
SELECT event_id, type, subject_id, subject_version, region,
       correlation_id, causation_id, traceparent, $1, body
FROM unnest($9::uuid[], $10::text[], $11::uuid[], $12::bigint[], $13::text[],
            $14::text[], $15::text[], $16::text[], $17::text[])
    AS new (event_id, type, subject_id, subject_version, region,
            correlation_id, causation_id, traceparent, body)
"""
# Both parts start in an index behind what has been published, however many dead rows lie before. `position + 0`
# keeps the second one from walking through the positions.
_NEXT = """
WITH behind AS MATERIALIZED (
    SELECT * FROM outbox WHERE position > $1 ORDER BY position LIMIT $4
), late AS MATERIALIZED (
    SELECT * FROM outbox WHERE xid = ANY($2::text[]::xid8[]) AND position + 0 <= $1
    UNION ALL
    SELECT * FROM outbox WHERE xid >= $3::text::xid8 AND position + 0 <= $1
)
SELECT *, pg_current_snapshot()::text AS snapshot
FROM (SELECT * FROM behind UNION ALL SELECT * FROM late) AS waiting ORDER BY position LIMIT $4
"""
_OLDEST = """
SELECT pg_sequence_last_value('outbox_position_seq'::regclass) AS last_position, position,
       extract(epoch FROM clock_timestamp() - happened_at)::float8 AS seconds
FROM (SELECT) AS always
LEFT JOIN LATERAL (
    SELECT position, happened_at FROM outbox WHERE position >= $1 ORDER BY position LIMIT 1
) AS oldest ON true
"""
_DELETE = "DELETE FROM outbox WHERE position = ANY($1::bigint[])"
_LEAD = "SELECT pg_try_advisory_lock(hashtext('outbox ' || $1))"
_HOLDER = """
SELECT application_name FROM pg_stat_activity JOIN pg_locks USING (pid)
WHERE locktype = 'advisory' AND granted AND objsubid = 1
  AND objid = (hashtext('outbox ' || $1)::bigint & 4294967295)::oid
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
_SESSION = "fuma relay of process "


class _Rows(Protocol):
    async def fetchrow(self, query: str, *args: Any) -> Any: ...


@dataclass(frozen=True, slots=True)
class EventRow:
    """A row of the outbox."""

    event_id: UUID
    type: str
    subject_id: UUID
    subject_version: int
    region: str
    correlation_id: str
    causation_id: str
    traceparent: str
    body: str


@dataclass(frozen=True, slots=True)
class Cursor:
    """A position in the outbox: everything up to `position` is read, except what was not committed then.

    `running` transactions, and those from `next_transaction` on, had not committed.
    """

    position: int = 0
    running: tuple[str, ...] = ()
    next_transaction: str = _LAST_TRANSACTION

    def after(self, rows: Sequence[Any], limit: int) -> Self:
        """Returns the cursor behind these rows; if the limit cut the batch, it points at the last row."""
        if not rows:
            return self
        _, next_transaction, running = rows[-1]["snapshot"].split(":")
        last: int = rows[-1]["position"]
        return type(self)(
            last if len(rows) == limit else max(last, self.position),
            tuple(filter(None, running.split(","))),
            next_transaction,
        )


class Oldest(NamedTuple):
    """The oldest waiting event: its position, None without one, and how long it has waited."""

    last_position: int
    position: int | None
    seconds: float


def session_settings(lease_seconds: int) -> dict[str, str]:
    """Returns the settings of the relay's session, which ends itself if it is unused for a lease.

    Postgres also ends it when the client's machine has vanished, so that a frozen or lost holder releases the
    lock.
    """
    return {
        "application_name": f"{_SESSION}{os.getpid()}",
        "idle_session_timeout": f"{lease_seconds}s",
        "client_connection_check_interval": f"{lease_seconds}s",
        "tcp_user_timeout": f"{lease_seconds}s",
        "tcp_keepalives_idle": "1",
        "tcp_keepalives_interval": "1",
        "tcp_keepalives_count": str(lease_seconds),
        # A deletion that a crash undoes publishes the event again, under the same id: it need not reach the disk.
        "synchronous_commit": "off",
        # Plans are made for a table that is nearly empty, and must hold when it is full of dead rows.
        "enable_seqscan": "off",
    }


async def lead(connection: Connection, service: str) -> bool:
    """Takes the relay's advisory lock; returns whether this session holds it now."""
    return bool(await connection.fetchval(_LEAD, service))


async def holder(connection: Connection, service: str) -> int | None:
    """Returns the process id, on its own machine, of the session that publishes a service's events."""
    name = await connection.fetchval(_HOLDER, service)
    return int(name.removeprefix(_SESSION)) if name else None


async def waiting(connection: Connection, cursor: Cursor, limit: int) -> list[Any]:
    """Returns the next events to publish, in order for each subject."""
    rows: list[Any] = await connection.fetch(
        _NEXT, cursor.position, list(cursor.running), cursor.next_transaction, limit
    )
    return rows


async def oldest(rows: _Rows, from_position: int) -> Oldest:
    """Returns the oldest waiting event from a position on, and the last position that was given out."""
    row = await rows.fetchrow(_OLDEST, from_position)
    return Oldest(row["last_position"] or 0, row["position"], row["seconds"] or 0.0)


async def delete(connection: Connection, positions: Sequence[int]) -> None:
    """Deletes published events."""
    await connection.execute(_DELETE, positions)
