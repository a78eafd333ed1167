"""Finished messages are acknowledged with as few frames as their order allows, and unfinished ones never."""

import random
from collections.abc import Sequence
from typing import Any

import aio_pika
import pytest
from aio_pika import IncomingMessage, Message
from aio_pika.abc import AbstractIncomingMessage

from shared.messaging.acknowledgements import Acknowledgements, is_held
from tests.environment import Environment, until

QUORUM: dict[str, Any] = {"x-queue-type": "quorum"}
# A channel of RabbitMQ keeps what goes beyond 32 commands in flight to itself, and forgets it when it closes.
COUNT = 30


async def delivered(queue: Any, count: int) -> list[IncomingMessage]:
    """Unacknowledged messages of a queue, `count` of them, in the order of their tags."""
    found: list[IncomingMessage] = []

    async def take(message: AbstractIncomingMessage) -> None:
        assert isinstance(message, IncomingMessage)
        found.append(message)

    await queue.consume(take)

    async def all_there() -> bool:
        return len(found) == count

    await until(all_there, what="the deliveries")
    return sorted(found, key=lambda message: message.delivery_tag or 0)


async def left_after(
    environment: Environment, undone: set[int], order: list[int], rejected: Sequence[int] = ()
) -> tuple[set[int], list[int]]:
    """The messages that are redelivered after these were finished in this order, and the reach of each frame."""
    connection = await aio_pika.connect(environment.admin_amqp)
    async with connection:
        channel = await connection.channel()
        queue = await channel.declare_queue("acknowledged", durable=True, arguments=QUORUM)
        for number in range(1, COUNT + 1):
            await channel.default_exchange.publish(Message(str(number).encode()), "acknowledged")
        messages = {int(one.body): one for one in await delivered(queue, COUNT)}
        frames = counted(await channel.get_underlay_channel())
        acknowledgements = Acknowledgements()
        for number in rejected:
            await acknowledgements.reject(messages[number])
        random.seed(len(order))
        left = list(order)
        while left:
            size = random.randint(3, 9)
            group, left = left[:size], left[size:]
            await acknowledgements.done([messages[number] for number in group])
        assert not channel.is_closed
    again = await aio_pika.connect(environment.admin_amqp)
    async with again:
        queue = await (await again.channel()).get_queue("acknowledged")
        found = await delivered(queue, len(undone))
        return {int(message.body) for message in found}, frames


def counted(channel: Any) -> list[int]:
    """Notes the tag of each frame that acknowledges on a channel."""
    frames: list[int] = []
    acknowledge = channel.basic_ack

    async def noted(delivery_tag: int, **more: bool) -> None:
        frames.append(delivery_tag)
        await acknowledge(delivery_tag, **more)

    channel.basic_ack = noted
    return frames


async def test_in_order_a_group_costs_one_frame(environment: Environment) -> None:
    left, frames = await left_after(environment, set(), list(range(1, COUNT + 1)))
    assert left == set()
    assert len(frames) < COUNT / 3
    assert frames[-1] == COUNT


async def test_a_rejected_message_leaves_no_gap(environment: Environment) -> None:
    rejected = [1, 5, COUNT // 2]
    order = [number for number in range(1, COUNT + 1) if number not in rejected]
    left, frames = await left_after(environment, set(), order, rejected)
    assert left == set()
    assert len(frames) < COUNT / 3


@pytest.mark.parametrize("undone", [{1}, {COUNT}, {1, 2, 15, COUNT}, set()])
async def test_out_of_order_only_finished_messages_are_acknowledged(
    environment: Environment, undone: set[int]
) -> None:
    order = [number for number in range(1, COUNT + 1) if number not in undone]
    random.Random(7).shuffle(order)
    left, _ = await left_after(environment, undone, order)
    assert left == undone


async def test_a_closed_channel_holds_and_acknowledges_nothing(environment: Environment) -> None:
    connection = await aio_pika.connect(environment.admin_amqp)
    async with connection:
        channel = await connection.channel()
        queue = await channel.declare_queue("gone", durable=True, arguments=QUORUM)
        await channel.default_exchange.publish(Message(b"1"), "gone")
        [message] = await delivered(queue, 1)
        assert is_held(message)
        await channel.close()
        assert not is_held(message)
        await Acknowledgements().done([message])
