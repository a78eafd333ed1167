"""Once in effect: a message's inbox row, its work and the events that follow commit together.

Messages that are waiting when a transaction begins share it (group commit): one commit for up to `at_most` of
them. Where one of a group fails by its own fault, the group is rolled back and halved, until only the broken one
has failed. Where the infrastructure fails, the group is tried again as it is. Repeated messages are recognised by
their id and answered without doing anything.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from shared.contracts.event import Event, EventKey
from shared.messaging.envelope import Envelope
from shared.messaging.failures import HandlingTimedOut
from shared.messaging.in_place_retry import InPlaceRetry, LeftToTheBroker
from shared.observability.metrics import GROUP_SIZE, HANDLED
from shared.observability.tracing import current_traceparent, handling
from shared.postgres.transaction import Cause, Transaction, UnitOfWork

HANDLING_SECONDS = 60.0
LOADED_SIZE, LOADED_SECONDS = 8, 0.02
_CLAIM = """
INSERT INTO inbox (consumer, message_id)
SELECT $1, message_id FROM unnest($2::uuid[]) AS message_id ORDER BY message_id
ON CONFLICT DO NOTHING
RETURNING message_id
"""


@dataclass(slots=True)
class Delivery:
    """One message on its way through a group: envelope, data (parsed, and as it came), what was prepared.

    `message` is the broker's own form of it, for whoever acknowledges it.
    """

    envelope: Envelope
    event: Event
    body: bytes = b""
    message: Any = None
    prepared: Any = None
    settled: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    @property
    def key(self) -> EventKey:
        """What tells its event from every other; the envelope knows also a type that this process does not."""
        return self.envelope.type, self.event.subject_id, self.event.subject_version


Work = Callable[[Transaction, Sequence[Delivery]], Awaitable[None]]
Acknowledge = Callable[[Sequence[Delivery]], Awaitable[None]]


async def _unacknowledged(_: Sequence[Delivery]) -> None:
    """What is done with a committed group where no broker waits for it."""


def _always_held(_: Delivery) -> bool:
    return True


class GroupCommit:
    """Handles the deliveries of one consumer, as many in one transaction as are waiting."""

    def __init__(
        self,
        work: UnitOfWork,
        consumer: str,
        handle: Work,
        at_most: int,
        *,
        gather_seconds: float = 0.0,
        in_place: InPlaceRetry | None = None,
        acknowledge: Acknowledge = _unacknowledged,
        is_held: Callable[[Delivery], bool] = _always_held,
    ) -> None:
        self._work = work
        self._consumer = consumer
        self._handle = handle
        self._at_most = at_most
        self._gather_seconds = gather_seconds
        self._in_place = in_place or InPlaceRetry(consumer)
        self._acknowledge = acknowledge
        self._is_held = is_held
        self._waiting: deque[Delivery] = deque()
        self._busy = False
        self._tasks: set[asyncio.Task[None]] = set()

    async def settle(self, delivery: Delivery) -> None:
        """Returns when the delivery is committed; raises what its handling raised."""
        self._waiting.append(delivery)
        if not self._busy:
            self._busy = True
            task = asyncio.create_task(self._run())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        await delivery.settled

    async def _run(self) -> None:
        size = 0
        try:
            while self._waiting:
                # One turn of the loop, at least, lets deliveries that have already arrived join the group.
                await asyncio.sleep(self._pause(size))
                group = self._next_group()
                size = len(group)
                await self._together(group)
        finally:
            self._busy = False

    def _pause(self, size_before: int) -> float:
        """How long to gather: nothing waits where little comes; where much comes, larger groups carry more."""
        if len(self._waiting) >= self._at_most:
            return 0
        return max(self._gather_seconds, LOADED_SECONDS if size_before >= LOADED_SIZE else 0)

    def _next_group(self) -> list[Delivery]:
        """The oldest deliveries that are still held; the broker delivers the others again, in their order."""
        group: list[Delivery] = []
        while self._waiting and len(group) < self._at_most:
            delivery = self._waiting.popleft()
            if self._is_held(delivery):
                group.append(delivery)
            else:
                _finish(delivery, LeftToTheBroker())
        return group

    async def _together(self, group: Sequence[Delivery]) -> None:
        if not group:
            return
        try:
            await self._in_place.run(lambda: self._commit(group), is_held=lambda: any(map(self._is_held, group)))
        except asyncio.CancelledError:
            for delivery in group:
                delivery.settled.cancel()
            raise
        except LeftToTheBroker as left:
            for delivery in group:
                _finish(delivery, left)
        except Exception as error:  # noqa: BLE001 - raised for the one delivery that it belongs to
            await self._halved(group, error)
        else:
            await self._committed(group)

    async def _halved(self, group: Sequence[Delivery], error: Exception) -> None:
        """Finds the broken one among n with some 2 log2 n transactions, not n."""
        if len(group) == 1:
            _finish(group[0], error)
            return
        middle = len(group) // 2
        await self._together(group[:middle])
        await self._together(group[middle:])

    async def _committed(self, group: Sequence[Delivery]) -> None:
        try:
            await self._acknowledge(group)
        finally:
            for delivery in group:
                _finish(delivery, None)

    async def _commit(self, group: Sequence[Delivery]) -> None:
        GROUP_SIZE.labels(self._consumer).observe(len(group))
        cause = group[0].envelope.cause if len(group) == 1 else Cause.itself(actor=f"group:{self._consumer}")
        fresh: list[Delivery] = []
        try:
            async with asyncio.timeout(HANDLING_SECONDS) as deadline, self._work.begin(cause) as tx:
                fresh = await claimed(tx, self._consumer, group)
                if fresh:
                    tx.received = {delivery.key: delivery.envelope.cause for delivery in fresh}
                    await self._handle(tx, fresh)
        except TimeoutError as error:
            # Before the handler has begun, it is Postgres that does not answer.
            if fresh and deadline.expired():
                raise HandlingTimedOut(f"not done within {HANDLING_SECONDS:g} s") from error
            raise
        HANDLED.labels(self._consumer, "handled").inc(len(fresh))
        HANDLED.labels(self._consumer, "repeated").inc(len(group) - len(fresh))


def _finish(delivery: Delivery, error: Exception | None) -> None:
    if delivery.settled.done():
        return
    if error is None:
        delivery.settled.set_result(None)
    else:
        delivery.settled.set_exception(error)


async def claimed(tx: Transaction, consumer: str, group: Sequence[Delivery]) -> list[Delivery]:
    """The deliveries that this consumer has not handled yet, each message once, claimed in this transaction."""
    first: dict[UUID, Delivery] = {}
    for delivery in group:
        first.setdefault(delivery.envelope.event_id, delivery)
    rows = await tx.fetch(_CLAIM, consumer, list(first))
    new = {row["message_id"] for row in rows}
    return [delivery for message_id, delivery in first.items() if message_id in new]


def one_by_one(handle: Callable[..., Awaitable[None]], *, with_prepared: bool) -> Work:
    """Work on a group by handling each delivery in turn, inside the one transaction."""

    async def work(tx: Transaction, group: Sequence[Delivery]) -> None:
        for delivery in sorted(group, key=_lock_order):
            envelope = delivery.envelope
            with handling(envelope.type, envelope.correlation_id, envelope.traceparent):
                tx.cause = replace(envelope.cause, traceparent=current_traceparent() or envelope.traceparent)
                if with_prepared:
                    await handle(tx, delivery.event, delivery.prepared)
                else:
                    await handle(tx, delivery.event)

    return work


def _lock_order(delivery: Delivery) -> tuple[str, UUID]:
    """Handlers lock what an event is about: in the same order everywhere, two groups never wait for each other.

    Events of one subject keep the order in which they came.
    """
    return str(getattr(delivery.event, "kind", "")), delivery.event.subject_id


def all_at_once(handle: Callable[..., Awaitable[None]]) -> Work:
    """Work on a group by handing all its events over together."""

    async def work(tx: Transaction, group: Sequence[Delivery]) -> None:
        await handle(tx, [delivery.event for delivery in group])

    return work
