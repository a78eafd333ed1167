"""Kinds in events are open strings: new ones come while older versions of a service still run.

A subscription says which kinds its service knows. `only(...)`: any other is not its business, acknowledged and
counted. `must_know(...)`: any other is its business too, and waits for a version of the service that knows it.
"""

from dataclasses import dataclass

from shared.contracts.event import Event
from shared.messaging.failures import NotYet


class KindNotKnownYet(NotYet):
    """An event is of a kind that this version of the service does not know: a newer one will handle it."""


@dataclass(frozen=True, slots=True)
class Kinds:
    """The kinds that a subscription knows, and what becomes of others."""

    known: frozenset[str]
    others_wait: bool
    field: str

    def takes(self, event: Event) -> bool:
        """Whether the event is to be handled; raises KindNotKnownYet where it has to wait."""
        kind = getattr(event, self.field)
        if kind not in self.known and self.others_wait:
            raise KindNotKnownYet(f"{event.type} of the kind {kind!r}")
        return kind in self.known


def only(*known: str, field: str = "kind") -> Kinds:
    """Takes these kinds; others are not the service's business."""
    return Kinds(frozenset(known), others_wait=False, field=field)


def must_know(*known: str, field: str = "kind") -> Kinds:
    """Takes these kinds; others wait for a version of the service that knows them."""
    return Kinds(frozenset(known), others_wait=True, field=field)
