"""Consuming with FastStream: every message is committed, waits for another attempt, or lies in a dead queue.

FastStream's own retry and acknowledging stay out of it: a handler here never raises. It acknowledges after
the commit, or after the message has been handed, confirmed, to a waiting queue or the dead-letter queue.
Only where even that is impossible the message goes back to its queue.
"""

import asyncio
import logging
import traceback
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, cast

import structlog
from aio_pika import IncomingMessage
from faststream import AckPolicy
from faststream.rabbit import Channel, QueueType, RabbitBroker, RabbitExchange, RabbitMessage, RabbitQueue
from faststream.rabbit.schemas import ExchangeType
from faststream.rabbit.schemas.queue import QuorumQueueArgs
from faststream.rabbit.utils import RabbitClientProperties
from pydantic import ValidationError

from shared.messaging.acknowledgements import Acknowledgements
from shared.messaging.envelope import ATTEMPT, ERROR, TRACE, Envelope, EnvelopeBroken, envelope_of, parsed
from shared.messaging.inbox import Delivery, GroupCommit
from shared.messaging.publisher import BrokerUnavailable, broker_answering
from shared.messaging.reconnecting_publisher import ReconnectingPublisher
from shared.messaging.subscriptions import Subscription
from shared.messaging.topology import DEAD, EVENTS, consumer_arguments, dead_queue, retry_queue
from shared.observability.metrics import HANDLED
from shared.postgres.transaction import UnitOfWork
from shared.problems import Kind, RuleBroken

log = structlog.get_logger()

_BROKEN = (EnvelopeBroken, ValidationError, UnicodeDecodeError)
_PASSING = {Kind.UNAVAILABLE, Kind.THROTTLED}
_TRACE_LENGTH = 4000
_GRACEFUL_SECONDS = 15.0
_HEARTBEAT_SECONDS = 10


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """What becomes of a message that could not be handled: it waits, longer each time, or lies dead."""

    publisher: ReconnectingPublisher
    delays: Sequence[float]

    async def after(self, queue: str, message: RabbitMessage, error: Exception) -> None:
        """Hands the message on, confirmed; raises BrokerUnavailable where that is impossible."""
        attempt = int(message.headers.get(ATTEMPT, 0))
        if _is_permanent(error) or attempt >= len(self.delays):
            await self._dead_letter(queue, message, error, attempt)
        else:
            await self._wait(queue, message, attempt, error)

    async def _wait(self, queue: str, message: RabbitMessage, attempt: int, error: Exception) -> None:
        HANDLED.labels(queue, "retried").inc()
        log.warning("message_waits", queue=queue, attempt=attempt + 1, reason=_told(error))
        await self.publisher.publish(
            retry_queue(self.delays[attempt]),
            queue,
            message.body,
            message_id=message.message_id or "",
            headers={**_carried(message), ATTEMPT: attempt + 1},
        )

    async def _dead_letter(self, queue: str, message: RabbitMessage, error: Exception, attempt: int) -> None:
        HANDLED.labels(queue, "dead").inc()
        log.error("message_dead", queue=queue, attempts=attempt + 1, reason=_told(error), exc_info=error)
        trace = "".join(traceback.format_exception(error))[-_TRACE_LENGTH:]
        headers = {
            **_carried(message),
            ATTEMPT: attempt + 1,
            ERROR: _told(error),
            TRACE: trace,
        }
        await self.publisher.publish(
            DEAD, dead_queue(queue), message.body, message_id=message.message_id or "", headers=headers
        )


def _is_permanent(error: Exception) -> bool:
    """Whether trying again cannot help: broken data, or a broken rule that is no passing state of ours."""
    return isinstance(error, _BROKEN) or (isinstance(error, RuleBroken) and error.kind not in _PASSING)


def _carried(message: RabbitMessage) -> dict[str, Any]:
    """The headers without the broker's own: with an old `x-death` it would take a message for going in circles."""
    return {name: value for name, value in message.headers.items() if not name.startswith("x-")}


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:1000]


class Consumer:
    """One subscription at work: parse, once per message id, call the use case."""

    def __init__(self, subscription: Subscription, work: UnitOfWork, retry_policy: RetryPolicy) -> None:
        self.subscription = subscription
        self._retry_policy = retry_policy
        self._acknowledgements = Acknowledgements()
        self._group = GroupCommit(
            work,
            subscription.queue,
            subscription.work,
            subscription.at_most,
            subscription.gather_seconds,
            self._committed,
        )

    async def __call__(self, message: RabbitMessage) -> None:
        """Handles one message; returns when it is acknowledged, or back in its queue."""
        try:
            await self._handle(message)
        except Exception as error:  # noqa: BLE001 - whatever it is, the message is not lost
            await self._care_for(message, error)

    async def _care_for(self, message: RabbitMessage, error: Exception) -> None:
        try:
            await self._retry_policy.after(self.subscription.queue, message, error)
        except BrokerUnavailable as unavailable:
            log.warning("message_goes_back", queue=self.subscription.queue, reason=str(unavailable))
            await asyncio.sleep(1)
            await self._acknowledgements.handed_back(message.raw_message)
        else:
            await self._acknowledgements.done([message.raw_message])

    async def _committed(self, group: Sequence[Delivery]) -> None:
        await self._acknowledgements.done([delivery.message for delivery in group])

    async def _handle(self, message: RabbitMessage) -> None:
        envelope: Envelope = envelope_of(message.headers)
        event = parsed(self.subscription.event, message.body)
        delivery = Delivery(envelope, event, message.body, message.raw_message)
        if self.subscription.prepare is not None:
            delivery.prepared = await self.subscription.prepare(event)
        await self._group.settle(delivery)


async def _unparsed(message: IncomingMessage) -> RabbitMessage:
    """The message as FastStream hands it on, without the ids and paths that it would make up."""
    identity = message.message_id or ""
    return RabbitMessage(
        raw_message=message,
        body=message.body,
        headers=message.headers,
        message_id=identity,
        correlation_id=identity,
    )


async def _undecoded(message: RabbitMessage) -> RabbitMessage:
    """Hands the message itself to the handler: its body is parsed by the contract, not by FastStream."""
    return message


@asynccontextmanager
async def consuming(url: str, consumers: Sequence[Consumer]) -> AsyncIterator[RabbitBroker]:
    """Consumes until the end; then running handlers finish, and what they have not begun stays queued."""
    broker = RabbitBroker(
        url,
        ack_policy=AckPolicy.REJECT_ON_ERROR,
        graceful_timeout=_GRACEFUL_SECONDS,
        apply_types=False,
        logger=logging.getLogger("fuma.consuming"),
        log_level=logging.DEBUG,
        client_properties=RabbitClientProperties(heartbeat=_HEARTBEAT_SECONDS),
        reconnect_interval=1.0,
        fail_fast=True,
    )
    exchange = RabbitExchange(EVENTS, type=ExchangeType.TOPIC, durable=True, declare=False)
    for consumer in consumers:
        subscription = consumer.subscription
        queue = RabbitQueue(
            subscription.queue,
            queue_type=QueueType.QUORUM,
            durable=True,
            routing_key=subscription.binding,
            arguments=cast("QuorumQueueArgs", consumer_arguments(subscription.queue)),
        )
        broker.subscriber(
            queue,
            exchange,
            channel=Channel(prefetch_count=max(2 * subscription.at_most, 16)),
            parser=_unparsed,
            decoder=_undecoded,
            no_reply=True,
        )(consumer)
    await broker.start()
    try:
        yield broker
    finally:
        await _stopped(broker)


async def _stopped(broker: RabbitBroker) -> None:
    """Stops, also where the broker has gone away meanwhile: then there is nobody left to take leave of.

    FastStream raises as soon as one subscriber cannot, and leaves the connection behind, which would go on
    reconnecting; it is closed here.
    """
    connection = broker._connection  # noqa: SLF001 - forgotten by the broker itself when it stops
    try:
        with broker_answering():
            async with asyncio.timeout(_GRACEFUL_SECONDS + 5):
                await broker.stop()
    except Exception as error:  # noqa: BLE001 - whatever the connection ended with, the service can end too
        log.warning("broker_gone_at_stop", reason=str(error))
        if connection is not None:
            with suppress(BrokerUnavailable), broker_answering():
                async with asyncio.timeout(2):
                    await connection.close()
