"""Every SQL statement of the event feed."""

from collections.abc import Sequence
from datetime import datetime

from shared.contracts.catalogue import PUBLIC_EVENTS
from shared.messaging.inbox import Delivery
from shared.postgres.transaction import Transaction

# Positions come from a sequence, which knows nothing of commits: without the lock a group that commits late
# would appear behind a reader that has already passed its positions.
_IN_ORDER_OF_COMMITS = "SELECT pg_advisory_xact_lock(hashtext('gateway.feed'))"

_APPEND = """
INSERT INTO feed (event_id, type, public, subject_id, subject_version, region, happened_at,
                  correlation_id, traceparent, data)
SELECT event_id, type, public, subject_id, subject_version, region, happened_at,
       correlation_id, traceparent, body::jsonb
FROM unnest($1::uuid[], $2::text[], $3::boolean[], $4::uuid[], $5::bigint[], $6::text[], $7::timestamptz[],
            $8::text[], $9::text[], $10::text[]) WITH ORDINALITY
     AS heard (event_id, type, public, subject_id, subject_version, region, happened_at,
               correlation_id, traceparent, body, place)
ORDER BY place
"""

_FORGET = """
DELETE FROM feed WHERE ctid IN (SELECT ctid FROM feed WHERE stored_at < $1 LIMIT $2)
"""


async def append(tx: Transaction, deliveries: Sequence[Delivery]) -> None:
    """Puts events behind those that are there."""
    await tx.execute(_IN_ORDER_OF_COMMITS)
    await tx.execute(_APPEND, *zip(*map(_row, deliveries), strict=True))


async def forget(tx: Transaction, before: datetime, at_most: int) -> int:
    """Removes a slice of what was stored before a time; tells how many."""
    tag = await tx.execute(_FORGET, before, at_most)
    return int(tag.rsplit(" ", 1)[-1])


def _row(delivery: Delivery) -> tuple[object, ...]:
    envelope, event = delivery.envelope, delivery.event
    return (
        envelope.event_id,
        envelope.type,
        envelope.type in PUBLIC_EVENTS,
        event.subject_id,
        event.subject_version,
        event.region,
        envelope.time,
        envelope.correlation_id,
        envelope.traceparent,
        delivery.body.decode(),
    )
