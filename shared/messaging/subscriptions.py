"""The subscriptions of a service: each is an event type, a queue, and the function that handles it."""

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
    """One consumer. Messages wait in the queue of this name, which stays when the code is renamed."""

    queue: str
    event: type[Event]
    work: Work
    at_most: int
    prepare: Callable[[Any], Awaitable[Any]] | None = None
    gather_seconds: float = 0.0
    kinds: Kinds | None = None

    @property
    def exchange(self) -> str:
        """The exchange of the queue; a subscription to `Event` itself receives all public events."""
        return PUBLIC if self.event is Event else EVENTS

    @property
    def binding(self) -> str:
        """The binding key of the queue."""
        return EVERYTHING if self.event is Event else consumer_binding(self.event.type)


class Subscriptions:
    """The subscriptions of a service, registered where its consumers are defined.

    Every queue is named `<service>.<purpose>` and listed in `queues.json`.
    """

    def __init__(self, service: str) -> None:
        self._service = service
        self.all: list[Subscription] = []

    def each(
        self, event: type[E], *, queue: str, kinds: Kinds | None = None
    ) -> Callable[[Handler[E]], Handler[E]]:
        """Registers a handler of single events; those that wait together share a transaction."""

        def add(handle: Handler[E]) -> Handler[E]:
            self._add(Subscription(queue, event, one_by_one(handle, with_prepared=False), _GROUP, kinds=kinds))
            return handle

        return add

    def each_prepared(
        self, event: type[E], prepare: Callable[[E], Awaitable[P]], *, queue: str
    ) -> Callable[[PreparedHandler[E, P]], PreparedHandler[E, P]]:
        """Registers a handler with work before the transaction (rendering, storing a file).

        The preparation must give the same result when a message is redelivered.
        """

        def add(handle: PreparedHandler[E, P]) -> PreparedHandler[E, P]:
            self._add(Subscription(queue, event, one_by_one(handle, with_prepared=True), _GROUP, prepare))
            return handle

        return add

    def together(
        self, event: type[E], *, queue: str, at_most: int = 256, kinds: Kinds | None = None
    ) -> Callable[[GroupHandler[E]], GroupHandler[E]]:
        """Registers a handler of all events that wait together, for work that is cheaper in batches."""

        def add(handle: GroupHandler[E]) -> GroupHandler[E]:
            self._add(Subscription(queue, event, all_at_once(handle), at_most, kinds=kinds))
            return handle

        return add

    def public_events(
        self, queue: str, *, at_most: int = 256, gather_seconds: float = 0.0
    ) -> Callable[[Work], Work]:
        """Registers a handler of groups of all public events, also of types that this process does not know.

        The handler gets the deliveries: the envelope and the raw data. Nobody waits for these events, so they may
        be gathered for a while to save transactions.
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
        """Maps queue names to the event types bound to them; the topology itself adds the feed's queue."""
        return [(one.queue, (one.event.type,)) for one in self.all if one.event is not Event]
