"""Messaging health: the broker answers, every queue has its consumer, the outbox is published."""

from collections.abc import Sequence

from aio_pika import RobustConnection
from faststream.rabbit import RabbitBroker

from shared.messaging.in_place_retry import InPlaceRetry
from shared.messaging.publisher import broker_answering
from shared.observability.metrics import OUTBOX_WAITING
from shared.postgres.transaction import UnitOfWork

OLDEST_SECONDS = 60.0
_OLDEST = "SELECT coalesce(extract(epoch FROM clock_timestamp() - min(happened_at)), 0)::float8 FROM outbox"


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
    """Checks how long the oldest event in the outbox has waited."""

    def __init__(self, service: str, work: UnitOfWork) -> None:
        self._service = service
        self._work = work

    async def check(self) -> str | None:
        """Returns None, or how long an event has waited, if that is unusual."""
        async with self._work.reading() as rows:
            age: float = await rows.fetchval(_OLDEST)
        OUTBOX_WAITING.labels(self._service).set(age)
        return f"an event has waited for {age:.0f} s" if age > OLDEST_SECONDS else None
