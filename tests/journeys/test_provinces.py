"""What a province's credentials open: its own queue, for reading, and nothing else."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from aiormq.exceptions import ChannelAccessRefused

from deploy.laptop.stack.platform import Platform

pytestmark = pytest.mark.xdist_group("platform")


@asynccontextmanager
async def a_channel(platform: Platform) -> AsyncIterator[AbstractChannel]:
    """A channel of Hunan's system."""
    async with await aio_pika.connect(platform.describe()["provincial"]["43"]["url"]) as connection:
        yield await connection.channel()


async def publish(channel: AbstractChannel, exchange: str) -> Any:
    """Sends a message to an exchange, and waits for what becomes of it."""
    target = await channel.get_exchange(exchange, ensure=False) if exchange else channel.default_exchange
    return await target.publish(aio_pika.Message(b"{}"), "coding.code.assigned.v1.43.03.02")


async def bind(channel: AbstractChannel, queue: str, exchange: str) -> Any:
    """Binds a queue to more than it was bound to."""
    return await (await channel.get_queue(queue, ensure=False)).bind(exchange, "#")


async def read(channel: AbstractChannel, queue: str) -> Any:
    """Takes a message from a queue."""
    return await (await channel.get_queue(queue, ensure=False)).get(fail=False)


async def remove(channel: AbstractChannel, queue: str) -> Any:
    """Removes a queue."""
    return await channel.queue_delete(queue)


async def leave(_: AbstractIncomingMessage) -> None:
    """Takes nothing: what was delivered goes back when the channel is closed."""


ATTEMPTS: dict[str, Callable[[AbstractChannel], Awaitable[Any]]] = {
    "declare a queue": lambda channel: channel.declare_queue("provinces.43.more"),
    "declare a nameless queue": lambda channel: channel.declare_queue(exclusive=True),
    "declare an exchange": lambda channel: channel.declare_exchange("fuma.mine"),
    "bind the own queue to all events": lambda channel: bind(channel, "provinces.43", "fuma.events"),
    "bind the own queue to more public events": lambda channel: bind(channel, "provinces.43", "fuma.public"),
    "publish an event": lambda channel: publish(channel, "fuma.events"),
    "publish a public event": lambda channel: publish(channel, "fuma.public"),
    "put a message into a queue": lambda channel: publish(channel, ""),
    "read another province's queue": lambda channel: read(channel, "provinces.32"),
    "read a service's queue": lambda channel: read(channel, "review.submissions-filed"),
    "read the feed": lambda channel: read(channel, "gateway.feed"),
    "read what lies dead": lambda channel: read(channel, "gateway.feed.dead"),
    "remove the own queue": lambda channel: remove(channel, "provinces.43"),
}


@pytest.mark.requirement("INT-1", "REV-4")
async def test_a_province_can_read_its_own_queue_and_do_nothing_else(platform: Platform) -> None:
    allowed = []
    for name, attempt in ATTEMPTS.items():
        async with a_channel(platform) as channel:
            try:
                allowed.append((name, await attempt(channel)))
            except ChannelAccessRefused:
                continue
    assert allowed == []
    async with a_channel(platform) as channel:
        own = await channel.get_queue("provinces.43", ensure=False)
        await own.cancel(await own.consume(leave))
