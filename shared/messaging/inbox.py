"""The inbox: a message's inbox row, its work and its follow-up events commit in one transaction.

Messages that are waiting when a transaction begins share it (group commit): one commit for up to `at_most` of
them. If a message of a group fails by its own fault, the group is rolled back and halved until only the broken
message has failed. If the infrastructure fails, the whole group is retried. Redelivered messages are recognised by
their ids and acknowledged without being handled again.
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
    """One message in a group: its envelope, its data (parsed and raw), and its prepared result.

    `message` is the broker's message, which is acknowledged later.
    """

    envelope: Envelope
    event: Event
    body: bytes = b""
    message: Any = None
    prepared: Any = None
    settled: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    @property
    def key(self) -> EventKey:
        """Identifies the event, also where this process does not know its type."""
        return self.envelope.type, self.event.subject_id, self.event.subject_version


Work = Callable[[Transaction, Sequence[Delivery]], Awaitable[None]]
Acknowledge = Callable[[Sequence[Delivery]], Awaitable[None]]


async def _unacknowledged(_: Sequence[Delivery]) -> None:
    """Does nothing: the acknowledgement where no broker waits for one."""


def _always_held(_: Delivery) -> bool:
    return True


class GroupCommit:
    """Handles the deliveries of one consumer in groups: all that are waiting share one transaction."""

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
        """Returns when the delivery is committed; raises the error of its handling."""
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
                # At least one turn of the event loop lets deliveries that have already arrived join the group.
                await asyncio.sleep(self._pause(size))
                group = self._next_group()
                size = len(group)
                await self._together(group)
        finally:
            self._busy = False

    def _pause(self, size_before: int) -> float:
        """Waits for the group to fill: not at all under low load, longer under high load."""
        if len(self._waiting) >= self._at_most:
            return 0
        return max(self._gather_seconds, LOADED_SECONDS if size_before >= LOADED_SIZE else 0)

    def _next_group(self) -> list[Delivery]:
        """Returns the oldest held deliveries; the broker redelivers the others in order."""
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
        """Finds the broken delivery among n with about 2 log2 n transactions instead of n."""
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
            # If the handler has not started, Postgres is what does not answer.
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
    """Claims and returns the deliveries that this consumer has not handled yet, each message once."""
    first: dict[UUID, Delivery] = {}
    for delivery in group:
        first.setdefault(delivery.envelope.event_id, delivery)
    rows = await tx.fetch(_CLAIM, consumer, list(first))
    new = {row["message_id"] for row in rows}
    return [delivery for message_id, delivery in first.items() if message_id in new]


def one_by_one(handle: Callable[..., Awaitable[None]], *, with_prepared: bool) -> Work:
    """Makes a group handler that handles each delivery in turn in one transaction."""

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
    """Sorts deliveries by subject: two groups that lock in one order cannot deadlock.

    Events of one subject keep their order.
    """
    return str(getattr(delivery.event, "kind", "")), delivery.event.subject_id


def all_at_once(handle: Callable[..., Awaitable[None]]) -> Work:
    """Makes a group handler that passes all its events to one call."""

    async def work(tx: Transaction, group: Sequence[Delivery]) -> None:
        await handle(tx, [delivery.event for delivery in group])

    return work
