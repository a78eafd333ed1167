"""Messaging health: the broker answers, every queue has its consumer, the outbox is published."""

import time
from collections.abc import Sequence

from aio_pika import RobustConnection
from faststream.rabbit import RabbitBroker

from shared.messaging import outbox
from shared.messaging.in_place_retry import InPlaceRetry
from shared.messaging.outbox import Oldest
from shared.messaging.publisher import broker_answering
from shared.observability.metrics import OUTBOX_WAITING
from shared.postgres.transaction import UnitOfWork

OLDEST_SECONDS = 60.0
# No transaction runs longer: what it has recorded is committed, or never will be.
SETTLED_SECONDS = 120.0


class BrokerHealth:
    """Checks the broker on a separate channel, so that a frozen broker is not reported as healthy."""

    def __init__(self, broker: RabbitBroker, queues: Sequence[str]) -> None:
        self._broker = broker
        self._queues = queues

    async def check(self) -> str | None:
        """Returns None, or what is wrong; the caller sets the time-out."""
        connection = self._broker._connection  # noqa: SLF001 - FastStream has no public way to a channel
        if connection is None or connection.is_closed:
            return "not connected"
        with broker_answering():
            return await self._look(connection)

    async def _look(self, connection: RobustConnection) -> str | None:
        async with connection.channel() as channel:
            for name in self._queues:
                queue = await channel.declare_queue(name, passive=True)
                if not queue.declaration_result.consumer_count:
                    return f"nobody consumes {name}"
        return None


class ConsumerHealth:
    """Reports consumers that hold messages because of infrastructure failures."""

    def __init__(self, retries: Sequence[InPlaceRetry]) -> None:
        self._retries = retries

    async def check(self) -> str | None:
        """Returns None, or the blocked queues with their reasons."""
        held = [f"{one.queue} is held up: {one.failure}" for one in self._retries if one.failure is not None]
        return "; ".join(held) or None


class OutboxHealth:
    """Checks how long the oldest event in the outbox has waited.

    It looks from the position that was the last one some time ago, so that its cost does not grow with the dead
    rows that a long transaction keeps (see `outbox`).
    """

    def __init__(self, service: str, work: UnitOfWork) -> None:
        self._service = service
        self._work = work
        self.from_position = 0
        self._last_position, self._noted_at = 0, time.monotonic()

    async def check(self) -> str | None:
        """Returns None, or how long an event has waited, if that is unusual."""
        async with self._work.reading() as rows:
            oldest = await outbox.oldest(rows, self.from_position)
        self._advance(oldest)
        OUTBOX_WAITING.labels(self._service).set(oldest.seconds)
        return f"an event has waited for {oldest.seconds:.0f} s" if oldest.seconds > OLDEST_SECONDS else None

    def _advance(self, oldest: Oldest) -> None:
        if time.monotonic() - self._noted_at < SETTLED_SECONDS:
            return
        settled = self._last_position
        self.from_position = settled if oldest.position is None else min(settled, oldest.position)
        self._last_position, self._noted_at = oldest.last_position, time.monotonic()
