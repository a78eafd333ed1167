"""The SQL of the event feed."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.messaging.inbox import Delivery
from shared.postgres.columns import Column, Columns
from shared.postgres.transaction import Rows, Transaction

# Positions come from a sequence, which knows nothing of commits: without the lock a group that commits late
# would appear behind a reader that has already passed its positions.
_IN_ORDER_OF_COMMITS = "SELECT pg_advisory_xact_lock(hashtext('gateway.feed'))"

_DELIVERY: Columns[Delivery] = Columns(
    {
        "event_id": Column("uuid", "envelope.event_id"),
        "type": Column("text", "envelope.type"),
        "subject_id": Column("uuid", "event.subject_id"),
        "subject_version": Column("bigint", "event.subject_version"),
        "region": Column("text", "event.region"),
        "happened_at": Column("timestamptz", "envelope.time"),
        "correlation_id": Column("text", "envelope.correlation_id"),
        "traceparent": Column("text", "envelope.traceparent"),
        "data": Column("text", lambda one: one.body.decode()),
    }
)
_APPEND = f"""
INSERT INTO feed ({_DELIVERY.columns})
SELECT event_id, type, subject_id, subject_version, region, happened_at, correlation_id, traceparent, data::jsonb
FROM {_DELIVERY.ordered_rows} ORDER BY place
"""

# A subject has versions of its own in each service, which is the first word of the type. LATERAL with an OFFSET
# makes one index scan of each subject, however large the feed is.
_SUBJECT = _DELIVERY.only("type", "subject_id", "subject_version")
_LATER_ONES = f"""
SELECT array_agg(later.position)
FROM {_SUBJECT.rows}
CROSS JOIN LATERAL (
    SELECT position FROM feed
    WHERE feed.subject_id = new.subject_id AND feed.subject_version > new.subject_version
      AND split_part(feed.type, '.', 1) = split_part(new.type, '.', 1)
    OFFSET 0
) AS later
"""

# Behind what has been appended, in the order of their versions.
_MOVE = """
WITH moved AS (DELETE FROM feed WHERE position = ANY($1::bigint[]) RETURNING *)
INSERT INTO feed (event_id, type, subject_id, subject_version, region, happened_at,
                  correlation_id, traceparent, data, stored_at)
SELECT event_id, type, subject_id, subject_version, region, happened_at,
       correlation_id, traceparent, data, stored_at
FROM moved ORDER BY subject_version, position
"""

# The causation id is not stored: the cause may be a private event.
_OF_PROVINCE = """
SELECT position, event_id, type, subject_id, subject_version, region, happened_at, correlation_id,
       '' AS causation_id, traceparent, data::text AS body
FROM feed WHERE position > $1 AND stored_at >= $2 AND starts_with(region, $3)
ORDER BY position LIMIT $4
"""

_FORGET = """
DELETE FROM feed WHERE ctid IN (SELECT ctid FROM feed WHERE stored_at < $1 LIMIT $2)
"""


async def append(tx: Transaction, deliveries: Sequence[Delivery]) -> None:
    """Appends events, and moves later events of their subjects behind them.

    A replayed dead letter, for instance, arrives late. Readers who have read the later events read them again
    behind it.
    """
    ordered = in_order(deliveries)
    subjects = _SUBJECT.arrays(ordered)
    await tx.execute(_IN_ORDER_OF_COMMITS)
    is_late = await tx.fetchval(_LATER_ONES, *subjects)
    await tx.execute(_APPEND, *_DELIVERY.arrays(ordered))
    if is_late:
        # Read again: some of the appended events may be later than the stored ones.
        await tx.execute(_MOVE, await tx.fetchval(_LATER_ONES, *subjects))


def in_order(deliveries: Sequence[Delivery]) -> list[Delivery]:
    """Sorts the events of each subject in a service by version, within their places."""
    places: dict[tuple[str, UUID], list[int]] = defaultdict(list)
    for place, one in enumerate(deliveries):
        places[one.envelope.type.partition(".")[0], one.event.subject_id].append(place)
    ordered = list(deliveries)
    for shared in places.values():
        by_version = sorted((deliveries[place] for place in shared), key=lambda one: one.event.subject_version)
        for place, one in zip(shared, by_version, strict=True):
            ordered[place] = one
    return ordered


async def of_province(rows: Rows, province: str, since: datetime, after: int, at_most: int) -> list[Any]:
    """Returns a province's events since a time and after a position."""
    return await rows.fetch(_OF_PROVINCE, after, since, province, at_most)


async def forget(tx: Transaction, before: datetime, at_most: int) -> int:
    """Deletes a slice of events stored before a time; returns their number."""
    tag = await tx.execute(_FORGET, before, at_most)
    return int(tag.rsplit(" ", 1)[-1])
