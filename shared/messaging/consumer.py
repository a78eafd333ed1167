"""Consumes with FastStream: every message is committed, sent to a retry queue, or dead-lettered.

FastStream's own retry and acknowledgement are off: a handler here never raises. It acknowledges after the commit,
or after a retry queue or the dead-letter queue has confirmed the message. A failure of the infrastructure leaves
the message unacknowledged in the consumer until the work succeeds.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, cast

import structlog
from aio_pika import IncomingMessage
from faststream import AckPolicy
from faststream.rabbit import Channel, QueueType, RabbitBroker, RabbitExchange, RabbitMessage, RabbitQueue
from faststream.rabbit.schemas import ExchangeType
from faststream.rabbit.schemas.queue import QuorumQueueArgs
from faststream.rabbit.utils import RabbitClientProperties

from shared.contracts.event import Event
from shared.messaging.acknowledgements import Acknowledgements, is_held
from shared.messaging.envelope import envelope_of, parsed
from shared.messaging.in_place_retry import InPlaceRetry, LeftToTheBroker
from shared.messaging.inbox import Delivery, GroupCommit
from shared.messaging.publisher import BrokerUnavailable, broker_answering
from shared.messaging.retry_policy import RetryPolicy
from shared.messaging.subscriptions import Subscription
from shared.messaging.topology import consumer_arguments
from shared.observability.metrics import HANDLED
from shared.postgres.transaction import UnitOfWork

log = structlog.get_logger()

_GRACEFUL_SECONDS = 15.0
_HEARTBEAT_SECONDS = 10


class Consumer:
    """The handler of one subscription: it parses a message and calls the use case once per message id."""

    def __init__(self, subscription: Subscription, work: UnitOfWork, retry_policy: RetryPolicy) -> None:
        self.subscription = subscription
        self.in_place = InPlaceRetry(subscription.queue)
        self._retry_policy = retry_policy
        self._acknowledgements = Acknowledgements()
        self._group = GroupCommit(
            work,
            subscription.queue,
            subscription.work,
            subscription.at_most,
            gather_seconds=subscription.gather_seconds,
            in_place=self.in_place,
            acknowledge=self._acknowledge,
            is_held=lambda delivery: is_held(delivery.message),
        )

    async def __call__(self, message: RabbitMessage) -> None:
        """Handles one message; returns when it is acknowledged, or left to the broker."""
        try:
            try:
                await self._handle(message)
            except LeftToTheBroker:
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is, the message is not lost
                await self._retry_or_dead_letter(message, error)
        except LeftToTheBroker:
            # FastStream leaves a locked message alone: unacknowledged, it is delivered again.
            message.raw_message.lock()

    async def _handle(self, message: RabbitMessage) -> None:
        envelope = envelope_of(message.headers)
        event = parsed(self.subscription.event, message.body)
        if self.subscription.kinds is not None and not self.subscription.kinds.takes(event):
            HANDLED.labels(self.subscription.queue, "unknown_kind").inc()
            await self._acknowledgements.done([message.raw_message])
            return
        delivery = Delivery(envelope, event, message.body, message.raw_message)
        delivery.prepared = await self._prepared(event, message.raw_message)
        await self._group.settle(delivery)

    async def _prepared(self, event: Event, message: IncomingMessage) -> Any:
        prepare = self.subscription.prepare
        if prepare is None:
            return None
        return await self.in_place.run(lambda: prepare(event), is_held=lambda: is_held(message))

    async def _retry_or_dead_letter(self, message: RabbitMessage, error: Exception) -> None:
        """Moves the message to a retry queue or the dead-letter queue and acknowledges it.

        It waits for the broker's confirm. A message that is no longer held is left alone: it is delivered again,
        and moving it would duplicate it. A message that cannot be moved is rejected: the broker dead-letters it.
        """
        try:
            await self.in_place.run(
                lambda: self._retry_policy.apply(self.subscription.queue, message, error),
                is_held=lambda: is_held(message.raw_message),
            )
        except LeftToTheBroker:
            raise
        except Exception:
            log.exception("message_rejected", queue=self.subscription.queue, message_id=message.message_id)
            await self._acknowledgements.reject(message.raw_message)
            return
        await self._acknowledgements.done([message.raw_message])

    async def _acknowledge(self, group: Sequence[Delivery]) -> None:
        await self._acknowledgements.done([delivery.message for delivery in group])


async def _unparsed(message: IncomingMessage) -> RabbitMessage:
    """Passes FastStream the raw message without a generated message id, correlation id or path."""
    identity = message.message_id or ""
    return RabbitMessage(
        raw_message=message,
        body=message.body,
        headers=message.headers,
        message_id=identity,
        correlation_id=identity,
    )


async def _undecoded(message: RabbitMessage) -> RabbitMessage:
    """Passes the raw message to the handler: the contract parses its body, not FastStream."""
    return message


@asynccontextmanager
async def consuming(url: str, consumers: Sequence[Consumer]) -> AsyncIterator[RabbitBroker]:
    """Runs the consumers; at the end running handlers finish, and messages that have not started stay queued."""
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
    for consumer in consumers:
        _subscribe(broker, consumer)
    await broker.start()
    try:
        yield broker
    finally:
        for consumer in consumers:
            consumer.in_place.stop()
        await _stopped(broker)


def _subscribe(broker: RabbitBroker, consumer: Consumer) -> None:
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
        RabbitExchange(subscription.exchange, type=ExchangeType.TOPIC, durable=True, declare=False),
        channel=Channel(prefetch_count=max(2 * subscription.at_most, 16)),
        parser=_unparsed,
        decoder=_undecoded,
        no_reply=True,
    )(consumer)


async def _stopped(broker: RabbitBroker) -> None:
    """Stops the broker connection, even if the broker is gone.

    FastStream raises if one subscriber cannot stop, and leaves the connection open, which then reconnects for
    ever; this closes it.
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
