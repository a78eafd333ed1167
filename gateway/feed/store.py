"""Every SQL statement of the event feed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from shared.messaging.inbox import Delivery
from shared.postgres.transaction import Rows, Transaction

# Positions come from a sequence, which knows nothing of commits: without the lock a group that commits late
# would appear behind a reader that has already passed its positions.
_IN_ORDER_OF_COMMITS = "SELECT pg_advisory_xact_lock(hashtext('gateway.feed'))"

# The new events, in the places in which they came, and the later ones of their subjects that are there already,
# behind them; then each subject's events share out their places by version. A subject has versions of its own in
# each service, which is the first word of the type.
_APPEND = """
WITH new AS (
    SELECT event_id, type, split_part(type, '.', 1) AS service, subject_id, subject_version, region, happened_at,
           correlation_id, traceparent, body::jsonb AS data, now() AS stored_at, place
    FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::bigint[], $5::text[], $6::timestamptz[],
                $7::text[], $8::text[], $9::text[]) WITH ORDINALITY
         AS one (event_id, type, subject_id, subject_version, region, happened_at,
                 correlation_id, traceparent, body, place)
), oldest AS (
    SELECT subject_id, service, min(subject_version) AS version FROM new GROUP BY subject_id, service
), later AS (
    DELETE FROM feed USING oldest
    WHERE feed.subject_id = oldest.subject_id AND split_part(feed.type, '.', 1) = oldest.service
      AND feed.subject_version > oldest.version
    RETURNING event_id, type, oldest.service, feed.subject_id, subject_version, region, happened_at,
              correlation_id, traceparent, data, stored_at, 2147483647 AS place
), placed AS (
    SELECT *, (array_agg(place) OVER by_place)[row_number() OVER by_version] AS shared_place
    FROM (SELECT * FROM new UNION ALL SELECT * FROM later) AS together
    WINDOW by_version AS (PARTITION BY service, subject_id ORDER BY subject_version, place),
           by_place AS (PARTITION BY service, subject_id ORDER BY place
                        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
)
INSERT INTO feed (event_id, type, subject_id, subject_version, region, happened_at,
                  correlation_id, traceparent, data, stored_at)
SELECT event_id, type, subject_id, subject_version, region, happened_at,
       correlation_id, traceparent, data, stored_at
FROM placed ORDER BY shared_place, subject_version
"""

# A cause is not kept: what it was may be private.
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
    """Puts events at the end, and behind them the later ones of their subjects that are there already.

    An event comes late when it had been dead-lettered, for instance. Who has read the later ones reads them once
    more, behind it.
    """
    await tx.execute(_IN_ORDER_OF_COMMITS)
    await tx.execute(_APPEND, *zip(*map(_row, deliveries), strict=True))


async def of_province(rows: Rows, province: str, since: datetime, after: int, at_most: int) -> list[Any]:
    """A province's events that were stored since a time, behind a position."""
    return await rows.fetch(_OF_PROVINCE, after, since, province, at_most)


async def forget(tx: Transaction, before: datetime, at_most: int) -> int:
    """Removes a slice of what was stored before a time; tells how many."""
    tag = await tx.execute(_FORGET, before, at_most)
    return int(tag.rsplit(" ", 1)[-1])


def _row(delivery: Delivery) -> tuple[object, ...]:
    envelope, event = delivery.envelope, delivery.event
    return (
        envelope.event_id,
        envelope.type,
        event.subject_id,
        event.subject_version,
        event.region,
        envelope.time,
        envelope.correlation_id,
        envelope.traceparent,
        delivery.body.decode(),
    )
