"""Publishes with confirms: persistent, mandatory, confirmed by the broker within a time limit, or refused."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, Self, cast

import aio_pika
import aiormq
from aio_pika import DeliveryMode
from aio_pika.abc import AbstractChannel, AbstractConnection
from aio_pika.exceptions import AMQPError
from pamqp.commands import Basic

from shared.messaging.envelope import CONTENT_TYPE
from shared.messaging.topology import Topology

CONFIRM_SECONDS = 10.0
_HEARTBEAT_SECONDS = 10


class BrokerUnavailable(Exception):
    """The broker did not confirm a message: it is down, frozen, or could not route it."""


@contextmanager
def broker_answering() -> Iterator[None]:
    """Translates every failure of the broker to answer into BrokerUnavailable.

    aio-pika reports a connection lost during a wait as CancelledError; that is translated, a real cancellation is
    passed on.
    """
    try:
        yield
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        raise BrokerUnavailable("the connection was lost while an answer was awaited") from error
    except (TimeoutError, AMQPError, OSError, RuntimeError) as error:
        raise BrokerUnavailable(f"{type(error).__name__}: {error}") from error


class Publisher:
    """A separate connection on which every message is confirmed or refused."""

    def __init__(self, connection: AbstractConnection, channel: aiormq.Channel) -> None:
        self._connection = connection
        self._channel = channel

    @classmethod
    async def on(cls, connection: AbstractConnection, channel: AbstractChannel) -> Self:
        """Creates a publisher on a confirming channel.

        It bypasses aio-pika's exchanges, which send one message at a time.
        """
        return cls(connection, cast("aiormq.Channel", await channel.get_underlay_channel()))

    @property
    def is_open(self) -> bool:
        """Whether it can still publish; a closed publisher must be replaced."""
        return not (self._connection.is_closed or self._channel.is_closed)

    async def publish(
        self,
        exchange: str,
        routing_key: str,
        body: bytes,
        *,
        message_id: str,
        headers: Mapping[str, Any],
        limited: bool = True,
    ) -> None:
        """Publishes one message and waits for the confirm; raises BrokerUnavailable.

        Without a limit of its own it waits for as long as the caller does, who limits many messages together.
        """
        properties = Basic.Properties(
            content_type=CONTENT_TYPE,
            headers=cast("dict[str, Any]", headers),
            delivery_mode=DeliveryMode.PERSISTENT,
            message_id=message_id,
        )
        with broker_answering():
            await self._channel.basic_publish(
                body,
                exchange=exchange,
                routing_key=routing_key,
                properties=properties,
                mandatory=True,
                wait=False,
                timeout=CONFIRM_SECONDS if limited else None,
            )


@asynccontextmanager
async def publishing(url: str, name: str, topology: Topology) -> AsyncIterator[Publisher]:
    """Opens a publisher on a new connection after declaring the topology."""
    async with broker_connection(url, name) as connection:
        with broker_answering():
            async with asyncio.timeout(CONFIRM_SECONDS * 3):
                channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
                await topology.declare(channel)
                publisher = await Publisher.on(connection, channel)
        yield publisher


@asynccontextmanager
async def broker_connection(url: str, name: str) -> AsyncIterator[AbstractConnection]:
    """Opens a new connection and closes it at the end; raises BrokerUnavailable."""
    with broker_answering():
        async with asyncio.timeout(CONFIRM_SECONDS):
            connection = await aio_pika.connect(
                url, client_properties={"connection_name": name}, heartbeat=_HEARTBEAT_SECONDS
            )
    try:
        yield connection
    finally:
        await _closed(connection)


async def _closed(connection: AbstractConnection) -> None:
    with suppress(BrokerUnavailable), broker_answering():
        async with asyncio.timeout(2):
            await connection.close()
