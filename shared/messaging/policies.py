"""Policies of queues and exchanges: settings that may change while messages are waiting.

A queue's arguments are fixed at its creation; a policy takes effect at once. Provisioning sets the policies
(`deploy/provision.py`).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from shared.messaging.topology import DEAD, DURABLE_QUEUES, EVENTS, REFUSED, RETRY, UNROUTED, dead_queue

# A message that has crashed its consumer this often is dead-lettered.
CRASH_LIMIT = 20
# Reading a dead letter returns it, which counts as a delivery; brokers from 4.0 on drop it after 20.
LOOKS = 1_000_000
DAY_MS = 24 * 3600 * 1000
MEBIBYTE = 1024**2

# A setting of the node, which RabbitMQ 3.10 knows no policy for: how long a consumer may hold a message. What the
# infrastructure keeps from being done is held for as long as that takes; every time-out would count as a crash.
CONSUMER_TIMEOUT_MS = DAY_MS

FEED_DAYS = 400
PROVINCIAL_DAYS = 14
PROVINCIAL_BYTES = 256 * MEBIBYTE
# With a limit a message that is handed back keeps its place; without one it goes to the end of the queue (3.10),
# or is dropped after 20 deliveries (4.0).
PROVINCIAL_DELIVERIES = 1_000_000
_PROVINCE = r"^provinces\.[0-9]{2}"


@dataclass(frozen=True, slots=True)
class Policy:
    """A definition for every queue or exchange whose name matches a pattern."""

    pattern: str
    applies_to: str
    definition: Mapping[str, str | int]

    def as_json(self, name: str) -> dict[str, object]:
        """Returns the body for the management interface."""
        return {
            "name": name,
            "pattern": self.pattern,
            "apply-to": self.applies_to,
            "definition": dict(self.definition),
            "priority": 0,
        }


def _bounded(size: int, days: int) -> dict[str, str | int]:
    """Limits a queue by length and age: the oldest messages are dropped and publishers are never blocked."""
    return {"max-length-bytes": size, "overflow": "drop-head", "message-ttl": days * DAY_MS}


# A full queue rejects publishes: the outbox keeps the events meanwhile.
_NOTHING_IS_DROPPED: Mapping[str, str | int] = {
    "overflow": "reject-publish",
    "dead-letter-strategy": "at-least-once",
}


def _consumer(queue: str) -> Policy:
    """The policy of a consumer's queue: rejected and repeatedly redelivered messages are dead-lettered."""
    definition = {
        **_NOTHING_IS_DROPPED,
        "delivery-limit": CRASH_LIMIT,
        "dead-letter-exchange": DEAD,
        "dead-letter-routing-key": dead_queue(queue),
    }
    return Policy(f"^{re.escape(queue)}$", "queues", definition)


# One policy applies to a queue: no two patterns fit the same name.
POLICIES: Mapping[str, Policy] = {
    **{f"consumer {queue}": _consumer(queue) for queue in json.loads(DURABLE_QUEUES.read_text("utf-8"))},
    "dead letters": Policy(r"^(?!provinces\.).+\.dead$", "queues", {"delivery-limit": LOOKS}),
    "retry queues": Policy(
        rf"^{re.escape(RETRY)}\.", "queues", {**_NOTHING_IS_DROPPED, "dead-letter-exchange": ""}
    ),
    "provinces": Policy(
        rf"{_PROVINCE}$",
        "queues",
        {
            **_bounded(PROVINCIAL_BYTES, PROVINCIAL_DAYS),
            "delivery-limit": PROVINCIAL_DELIVERIES,
            "dead-letter-exchange": REFUSED,
        },
    ),
    "refused by provinces": Policy(
        rf"{_PROVINCE}\.dead$",
        "queues",
        {**_bounded(64 * MEBIBYTE, 90), "delivery-limit": LOOKS},
    ),
    "unrouted": Policy(
        f"^{re.escape(UNROUTED)}$",
        "queues",
        {**_bounded(64 * MEBIBYTE, 90), "delivery-limit": LOOKS},
    ),
    "alternate exchange": Policy(f"^{re.escape(EVENTS)}$", "exchanges", {"alternate-exchange": UNROUTED}),
}
