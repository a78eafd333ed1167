"""What a service listens to: each subscription is an event type, a queue, and the function that handles it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from shared.contracts.event import Event
from shared.messaging.inbox import Work, all_at_once, one_by_one
from shared.messaging.kinds import Kinds
from shared.messaging.topology import EVENTS, EVERYTHING, PUBLIC, consumer_binding
from shared.postgres.transaction import Transaction

E = TypeVar("E", bound=Event)
P = TypeVar("P")
Handler = Callable[[Transaction, E], Awaitable[None]]
PreparedHandler = Callable[[Transaction, E, P], Awaitable[None]]
GroupHandler = Callable[[Transaction, Sequence[E]], Awaitable[None]]

_GROUP = 64


@dataclass(frozen=True, slots=True)
class Subscription:
    """One consumer. Messages wait under the queue's name: it never changes, whatever the code is called."""

    queue: str
    event: type[Event]
    work: Work
    at_most: int
    prepare: Callable[[Any], Awaitable[Any]] | None = None
    gather_seconds: float = 0.0
    kinds: Kinds | None = None

    @property
    def exchange(self) -> str:
        """What the queue is bound to; a subscription to `Event` itself receives all that is public."""
        return PUBLIC if self.event is Event else EVENTS

    @property
    def binding(self) -> str:
        """What the queue is bound with."""
        return EVERYTHING if self.event is Event else consumer_binding(self.event.type)


class Subscriptions:
    """The subscriptions of a service, collected where its consumers are written.

    Every queue is named `<service>.<what it is for>`, and listed in `queues.json`.
    """

    def __init__(self, service: str) -> None:
        self._service = service
        self.all: list[Subscription] = []

    def each(
        self, event: type[E], *, queue: str, kinds: Kinds | None = None
    ) -> Callable[[Handler[E]], Handler[E]]:
        """Handles the events of a type one by one; those that wait together share a transaction."""

        def add(handle: Handler[E]) -> Handler[E]:
            self._add(Subscription(queue, event, one_by_one(handle, with_prepared=False), _GROUP, kinds=kinds))
            return handle

        return add

    def each_prepared(
        self, event: type[E], prepare: Callable[[E], Awaitable[P]], *, queue: str
    ) -> Callable[[PreparedHandler[E, P]], PreparedHandler[E, P]]:
        """The same, with work that needs no transaction (rendering, storing a file) done before it opens.

        What is prepared must come out the same when a message is delivered again.
        """

        def add(handle: PreparedHandler[E, P]) -> PreparedHandler[E, P]:
            self._add(Subscription(queue, event, one_by_one(handle, with_prepared=True), _GROUP, prepare))
            return handle

        return add

    def together(
        self, event: type[E], *, queue: str, at_most: int = 256, kinds: Kinds | None = None
    ) -> Callable[[GroupHandler[E]], GroupHandler[E]]:
        """Handles all events that wait together in one call, for work that is cheaper by the dozen."""

        def add(handle: GroupHandler[E]) -> GroupHandler[E]:
            self._add(Subscription(queue, event, all_at_once(handle), at_most, kinds=kinds))
            return handle

        return add

    def public_events(
        self, queue: str, *, at_most: int = 256, gather_seconds: float = 0.0
    ) -> Callable[[Work], Work]:
        """Handles every public event of the platform, also of types that this process does not know, in groups.

        The handler gets the deliveries themselves: the envelope, and the data as it came. What nobody waits
        for may be gathered for a while, so that it costs fewer transactions.
        """

        def add(work: Work) -> Work:
            self._add(Subscription(queue, Event, work, at_most, gather_seconds=gather_seconds))
            return work

        return add

    def _add(self, subscription: Subscription) -> None:
        if not subscription.queue.startswith(f"{self._service}."):
            raise ValueError(f"{self._service} has no rights on a queue named {subscription.queue}")
        self.all.append(subscription)

    @property
    def queues(self) -> list[tuple[str, Sequence[str]]]:
        """Queue names with the event types bound to them, for the topology; the feed's queue it knows itself."""
        return [(one.queue, (one.event.type,)) for one in self.all if one.event is not Event]
