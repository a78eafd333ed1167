"""Publishing that is true: persistent, mandatory, confirmed by the broker within a time, or refused."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

import aio_pika
from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractConnection, AbstractExchange
from aio_pika.exceptions import AMQPError

from shared.messaging.envelope import CONTENT_TYPE
from shared.messaging.topology import Topology

CONFIRM_SECONDS = 10.0
_HEARTBEAT_SECONDS = 10


class BrokerUnavailable(Exception):
    """The broker did not confirm: it is away, frozen, or could not route the message."""


@contextmanager
def broker_answering() -> Iterator[None]:
    """Turns every way in which a broker fails to answer into BrokerUnavailable.

    A connection that is lost while its answer is awaited surfaces as CancelledError although nobody cancelled
    the task; that one is translated, a real cancellation is passed on.
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
    """A connection of its own on which every message is confirmed or refused."""

    def __init__(self, connection: AbstractConnection, channels: Sequence[Any]) -> None:
        self._connection = connection
        self._channels = channels
        self._turn = itertools.cycle(range(len(channels)))
        self._exchanges: dict[tuple[int, str], AbstractExchange] = {}

    @property
    def is_open(self) -> bool:
        """Whether it can still publish; once closed, a new one is needed."""
        return not (self._connection.is_closed or any(channel.is_closed for channel in self._channels))

    async def publish(
        self, exchange: str, routing_key: str, body: bytes, *, message_id: str, headers: Mapping[str, Any]
    ) -> None:
        """Hands one message to the broker; raises BrokerUnavailable unless it was confirmed."""
        message = Message(
            body,
            headers=dict(headers),
            content_type=CONTENT_TYPE,
            delivery_mode=DeliveryMode.PERSISTENT,
            message_id=message_id,
        )
        with broker_answering():
            target = await self._exchange(exchange)
            await target.publish(message, routing_key, mandatory=True, timeout=CONFIRM_SECONDS)

    async def _exchange(self, name: str) -> AbstractExchange:
        turn = next(self._turn)
        known = self._exchanges.get((turn, name))
        if known is None:
            known = await self._channels[turn].get_exchange(name, ensure=False)
            self._exchanges[turn, name] = known
        return known


@asynccontextmanager
async def publishing(url: str, name: str, topology: Topology, *, channels: int = 1) -> AsyncIterator[Publisher]:
    """A publisher on a fresh connection, after the topology has been made sure of.

    A channel lets one message at a time onto the wire, so what has much to publish takes several in turn.
    """
    async with broker_connection(url, name) as connection:
        with broker_answering():
            async with asyncio.timeout(CONFIRM_SECONDS * 3):
                opened = [
                    await connection.channel(publisher_confirms=True, on_return_raises=True)
                    for _ in range(channels)
                ]
                await topology.declare(opened[0])
        yield Publisher(connection, opened)


@asynccontextmanager
async def broker_connection(url: str, name: str) -> AsyncIterator[AbstractConnection]:
    """A fresh connection, closed at the end; raises BrokerUnavailable where there is none to be had."""
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
