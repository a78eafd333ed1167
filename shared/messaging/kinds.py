"""Kinds in events are open strings: new ones appear while older versions of a service still run.

A subscription says which kinds its service knows. `only(...)`: any other kind is acknowledged and counted.
`must_know(...)`: any other kind waits for a version of the service that knows it.
"""

from dataclasses import dataclass

from shared.contracts.event import Event
from shared.messaging.failures import NotYet


class KindNotKnownYet(NotYet):
    """The version of the service does not know the event's kind; a newer version will handle it."""


@dataclass(frozen=True, slots=True)
class Kinds:
    """The kinds that a subscription knows, and its policy for others."""

    known: frozenset[str]
    others_wait: bool
    field: str

    def takes(self, event: Event) -> bool:
        """Whether to handle the event; raises KindNotKnownYet if the event has to wait."""
        kind = getattr(event, self.field)
        if kind not in self.known and self.others_wait:
            raise KindNotKnownYet(f"{event.type} of the kind {kind!r}")
        return kind in self.known


def only(*known: str, field: str = "kind") -> Kinds:
    """Handles these kinds and ignores others."""
    return Kinds(frozenset(known), others_wait=False, field=field)


def must_know(*known: str, field: str = "kind") -> Kinds:
    """Handles these kinds; others wait for a version of the service that knows them."""
    return Kinds(frozenset(known), others_wait=True, field=field)
