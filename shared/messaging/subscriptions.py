"""What a service listens to: each subscription is an event type, a queue, and the function that handles it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from shared.contracts.event import Event
from shared.messaging.inbox import Work, all_at_once, one_by_one
from shared.messaging.topology import EVERYTHING, consumer_binding
from shared.postgres.transaction import Transaction

E = TypeVar("E", bound=Event)
P = TypeVar("P")

_GROUP = 64


@dataclass(frozen=True, slots=True)
class Subscription:
    """One consumer: its queue's name is for ever, since messages wait there."""

    queue: str
    event: type[Event]
    work: Work
    at_most: int
    summary: str
    prepare: Callable[[Any], Awaitable[Any]] | None = None
    gather_seconds: float = 0.0

    @property
    def binding(self) -> str:
        """What the queue is bound with; a subscription to `Event` itself hears everything."""
        return EVERYTHING if self.event is Event else consumer_binding(self.event.type)


class Subscriptions:
    """The subscriptions of a service, collected where its consumers are written."""

    def __init__(self, service: str) -> None:
        self._service = service
        self.all: list[Subscription] = []

    def each(
        self, event: type[E]
    ) -> Callable[[Callable[[Transaction, E], Awaitable[None]]], Callable[[Transaction, E], Awaitable[None]]]:
        """Handles the events of a type one by one; those that wait together share a transaction."""

        def add(
            handle: Callable[[Transaction, E], Awaitable[None]],
        ) -> Callable[[Transaction, E], Awaitable[None]]:
            self._add(handle, event, one_by_one(handle, with_prepared=False), _GROUP)
            return handle

        return add

    def each_prepared(
        self, event: type[E], prepare: Callable[[E], Awaitable[P]]
    ) -> Callable[
        [Callable[[Transaction, E, P], Awaitable[None]]], Callable[[Transaction, E, P], Awaitable[None]]
    ]:
        """The same, with work that needs no transaction (rendering, storing a file) done before it opens.

        What is prepared must come out the same when a message is delivered again.
        """

        def add(
            handle: Callable[[Transaction, E, P], Awaitable[None]],
        ) -> Callable[[Transaction, E, P], Awaitable[None]]:
            self._add(handle, event, one_by_one(handle, with_prepared=True), _GROUP, prepare)
            return handle

        return add

    def together(
        self, event: type[E], *, at_most: int = 256
    ) -> Callable[
        [Callable[[Transaction, Sequence[E]], Awaitable[None]]],
        Callable[[Transaction, Sequence[E]], Awaitable[None]],
    ]:
        """Handles all events that wait together in one call, for work that is cheaper by the dozen."""

        def add(
            handle: Callable[[Transaction, Sequence[E]], Awaitable[None]],
        ) -> Callable[[Transaction, Sequence[E]], Awaitable[None]]:
            self._add(handle, event, all_at_once(handle), at_most)
            return handle

        return add

    def everything(self, queue: str, *, at_most: int = 256, gather_seconds: float = 0.0) -> Callable[[Work], Work]:
        """Handles every event of the platform, also of types that this process does not know, in groups.

        The handler gets the deliveries themselves: the envelope, and the data as it came. What nobody waits
        for may be gathered for a while, so that it costs fewer transactions.
        """

        def add(work: Work) -> Work:
            summary = (work.__doc__ or "").strip().splitlines()[0]
            self.all.append(Subscription(queue, Event, work, at_most, summary, gather_seconds=gather_seconds))
            return work

        return add

    def _add(
        self,
        handle: Callable[..., Awaitable[None]],
        event: type[Event],
        work: Work,
        at_most: int,
        prepare: Callable[[Any], Awaitable[Any]] | None = None,
    ) -> None:
        name = handle.__name__.replace("_", "-")
        summary = (handle.__doc__ or "").strip().splitlines()[0]
        self.all.append(Subscription(f"{self._service}.{name}", event, work, at_most, summary, prepare))

    @property
    def queues(self) -> list[tuple[str, Sequence[str]]]:
        """Queue names with the event types bound to them, for the topology; the feed's queue it knows itself."""
        return [(one.queue, (one.event.type,)) for one in self.all if one.event is not Event]
