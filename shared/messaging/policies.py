"""What the broker is told of queues and exchanges by policy, since it may change while messages lie in them.

A queue's arguments are fixed when it is made; a policy takes effect at once. Provisioning sets them
(`deploy/provision.py`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from shared.messaging.topology import EVENTS, LOOKS, REFUSED, UNROUTED

DAY_MS = 24 * 3600 * 1000
MEBIBYTE = 1024**2

FEED_DAYS = 400
PROVINCIAL_DAYS = 14
PROVINCIAL_BYTES = 256 * MEBIBYTE
# With a limit a message that is handed back keeps its place; without one it goes to the end of the queue (3.10),
# or is dropped after 20 deliveries (4.0).
PROVINCIAL_DELIVERIES = 1_000_000
_PROVINCE = r"^provinces\.[0-9]{2}"


@dataclass(frozen=True, slots=True)
class Policy:
    """A definition for every queue or exchange whose name fits a pattern."""

    pattern: str
    applies_to: str
    definition: Mapping[str, str | int]

    def as_json(self) -> dict[str, object]:
        """What the management interface takes."""
        return {
            "pattern": self.pattern,
            "apply-to": self.applies_to,
            "definition": dict(self.definition),
            "priority": 0,
        }


def _bounded(size: int, days: int) -> dict[str, str | int]:
    """The oldest go when there is too much, or when they are too old: nobody who publishes is held up."""
    return {"max-length-bytes": size, "overflow": "drop-head", "message-ttl": days * DAY_MS}


POLICIES: Mapping[str, Policy] = {
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
