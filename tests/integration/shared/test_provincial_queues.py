"""A provincial queue: order, a size limit, a dead-letter queue for rejected events, and public events only."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from deploy.provision import _put
from shared.contracts import catalogue
from shared.contracts.event import Event
from shared.ids import new_id
from shared.messaging.policies import POLICIES
from shared.messaging.topology import (
    EVENTS,
    PUBLIC,
    UNROUTED,
    Topology,
    consumer_binding,
    dead_queue,
    provincial_queue,
)
from tests.environment import Environment, until
from tests.integration.shared.fakes import assigned, built, ready_messages, working
from tests.integration.shared.test_relay import recorded, relaying, until_empty

HUNAN = provincial_queue("43")


@asynccontextmanager
async def a_channel(environment: Environment, prefetch: int = 1) -> AsyncIterator[AbstractChannel]:
    """A channel on a broker that has the queues of the provinces."""
    async with await aio_pika.connect(environment.admin_amqp) as connection:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=prefetch)
        await Topology(provinces=("43",)).declare(channel)
        yield channel


@asynccontextmanager
async def reading(channel: AbstractChannel) -> AsyncIterator[list[AbstractIncomingMessage]]:
    """A provincial system that acknowledges nothing by itself; returns the received messages."""
    came: list[AbstractIncomingMessage] = []
    queue = await channel.get_queue(HUNAN, ensure=False)

    async def receive(message: AbstractIncomingMessage) -> None:
        came.append(message)

    tag = await queue.consume(receive)
    yield came
    await queue.cancel(tag)


async def set_policy(environment: Environment, **definition: Any) -> None:
    """Sets the provinces' policy with smaller limits."""
    policy = POLICIES["provinces"]
    changed = replace(policy, definition={**policy.definition, **definition})
    path = f"/api/policies/{quote(environment.name)}/provinces"
    await asyncio.to_thread(_put, environment.servers.management, path, changed.as_json("provinces"))


async def until_came(came: list[AbstractIncomingMessage], count: int) -> AbstractIncomingMessage:
    """Waits for the message of this number."""

    async def there() -> bool:
        return len(came) >= count

    await until(there, what=f"{count} messages")
    return came[count - 1]


def version(message: AbstractIncomingMessage) -> int:
    """The version of its subject."""
    return int(str(message.headers["cloudEvents:subjectversion"]))


async def test_a_returned_event_is_redelivered_before_the_later_ones(environment: Environment) -> None:
    subject = new_id()
    async with a_channel(environment) as channel, reading(channel) as came:
        await environment.publish(*(assigned(subject, version=number) for number in range(1, 6)))
        for number in range(1, 4):
            await (await until_came(came, number)).nack(requeue=True)
        for number in range(4, 9):
            await (await until_came(came, number)).ack()
    assert [version(message) for message in came] == [1, 1, 1, 1, 2, 3, 4, 5]


async def test_a_rejected_event_goes_to_the_dead_letter_queue_of_the_province(environment: Environment) -> None:
    await set_policy(environment, **{"delivery-limit": 2})
    async with a_channel(environment) as channel, reading(channel) as came:
        await environment.publish(assigned(version=1), assigned(version=2), assigned(version=3))
        await (await until_came(came, 1)).reject(requeue=False)
        for number in range(2, 5):
            await (await until_came(came, number)).nack(requeue=True)
        await (await until_came(came, 5)).ack()

        async def set_aside() -> bool:
            return await ready_messages(environment, dead_queue(HUNAN)) == 2

        await until(set_aside, what="the refused ones")
    assert [version(message) for message in came] == [1, 2, 2, 2, 3]


async def test_a_silent_province_blocks_nobody_and_loses_its_oldest_events(environment: Environment) -> None:
    await set_policy(environment, **{"max-length-bytes": 2000})
    subject = new_id()
    async with a_channel(environment) as channel:
        await environment.publish(*(assigned(subject, version=number) for number in range(1, 31)))
        async with reading(channel) as came:
            first = await until_came(came, 1)
            assert version(first) > 20
            await first.ack()
            while version(came[-1]) < 30:
                await (await until_came(came, len(came) + 1)).ack()
    assert [version(message) for message in came] == list(range(version(first), 31))
    assert await ready_messages(environment, dead_queue(HUNAN)) == 0, "what was too much is in the feed"


async def test_a_type_that_is_no_longer_public_is_unbound(environment: Environment) -> None:
    private = next(event for event in catalogue.EVENTS.values() if not event.public)
    async with a_channel(environment, prefetch=9) as channel:
        public, events = await channel.get_exchange(PUBLIC), await channel.get_exchange(EVENTS)
        await public.bind(events, consumer_binding(private.type))
        key = f"{private.type}.43.03.02"
        await events.publish(aio_pika.Message(b"while it was public"), key)
        await Topology(provinces=("43",)).declare(channel)
        await events.publish(aio_pika.Message(b"since then"), key)
        async with reading(channel) as came:
            await environment.publish(assigned())
            last = await until_came(came, 2)
    assert came[0].body == b"while it was public"
    assert last.headers["cloudEvents:type"] == assigned().type


class NobodyListens(Event):
    """Of a type that no queue is bound to."""

    type = "coding.nobody.listens.v1"


async def test_an_unroutable_event_is_published_and_stored(environment: Environment) -> None:
    await built(environment)
    async with working(environment) as work, relaying(environment):
        await recorded(work, NobodyListens(subject_id=new_id(), subject_version=1, region="430302"))
        await until_empty(environment)
    assert await ready_messages(environment, UNROUTED) == 1
