"""Publishing: a message is confirmed or refused, whatever happens to the broker."""

import asyncio

import aio_pika
import pytest
from aio_pika import DeliveryMode
from aio_pika.abc import AbstractChannel

from shared.contracts.coding.events import CodeAssigned
from shared.messaging import publisher as module
from shared.messaging.publisher import BrokerUnavailable, Publisher, publishing
from shared.messaging.topology import EVENTS, FEED, Topology, routing_key
from tests.environment import Environment
from tests.integration.shared.conftest import Fragile
from tests.integration.shared.fakes import envelope
from tests.integration.shared.tcp_proxy import Line

KEY = routing_key(CodeAssigned.type, "430302")


async def published(publisher: Publisher, exchange: str = EVENTS) -> None:
    """Publishes one message."""
    await publisher.publish(exchange, KEY, b"{}", message_id="one", headers=envelope())


async def test_a_confirmed_message_is_persistent_and_stored(
    environment: Environment,
) -> None:
    async with publishing(environment.admin_amqp, "test", Topology()) as publisher:
        await published(publisher)
    connection = await aio_pika.connect(environment.admin_amqp)
    async with connection:
        feed = await (await connection.channel()).get_queue(FEED)
        async with feed.iterator(no_ack=True, timeout=5) as messages:
            message = await anext(messages)
    assert message.delivery_mode is DeliveryMode.PERSISTENT
    assert (message.message_id, message.content_type) == ("one", "application/json")


async def test_an_unroutable_message_is_refused(environment: Environment) -> None:
    async with publishing(environment.admin_amqp, "test", Topology()) as publisher:
        with pytest.raises(BrokerUnavailable, match="NO_ROUTE"):
            await publisher.publish("", "no.such.queue", b"{}", message_id="one", headers={})
        await published(publisher)


async def test_an_unknown_exchange_closes_the_publisher(environment: Environment) -> None:
    async with publishing(environment.admin_amqp, "test", Topology()) as publisher:
        with pytest.raises(BrokerUnavailable):
            await published(publisher, "no.such.exchange")
        assert not publisher.is_open


async def test_a_broker_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(BrokerUnavailable):
        async with publishing("amqp://guest:guest@127.0.0.1:9/", "test", Topology()):
            pass


async def test_a_frozen_broker_is_unavailable_in_time(fragile: Fragile, monkeypatch: pytest.MonkeyPatch) -> None:
    async with publishing(fragile.environment.admin_amqp, "test", Topology()) as publisher:
        await published(publisher)
        monkeypatch.setattr(module, "CONFIRM_SECONDS", 0.3)
        with fragile.frozen():
            async with asyncio.timeout(2):
                with pytest.raises(BrokerUnavailable):
                    await published(publisher)
                with pytest.raises(BrokerUnavailable):
                    async with publishing(fragile.environment.admin_amqp, "test", Topology()):
                        pass


@pytest.mark.parametrize("way", ["the line is cut", "the library gives the connection up"])
async def test_a_connection_lost_while_the_confirm_is_awaited_is_no_cancellation(
    environment: Environment, way: str
) -> None:
    async with (
        Line(environment.admin_amqp).laid() as line,
        publishing(line.url, "test", Topology()) as publisher,
    ):
        line.hold()
        waiting = asyncio.create_task(published(publisher))
        await written(publisher)
        if way == "the line is cut":
            line.cut()
        else:
            giving_up = asyncio.create_task(publisher._connection.close())
        async with asyncio.timeout(5):
            with pytest.raises(BrokerUnavailable):
                await waiting
        assert not publisher.is_open
        line.cut()
    if way != "the line is cut":
        await asyncio.wait({giving_up})


async def test_a_connection_lost_while_the_topology_is_declared_is_no_cancellation(
    environment: Environment,
) -> None:
    async with Line(environment.admin_amqp).laid() as line:

        class CutShort(Topology):
            """The connection breaks in the middle of a declaration."""

            async def declare(self, channel: AbstractChannel) -> None:
                line.hold()
                asyncio.get_running_loop().call_later(0.05, line.cut)
                await super().declare(channel)

        with pytest.raises(BrokerUnavailable):
            async with publishing(line.url, "test", CutShort()):
                pass


async def test_a_real_cancellation_is_passed_on(environment: Environment) -> None:
    async with (
        Line(environment.admin_amqp).laid() as line,
        publishing(line.url, "test", Topology()) as publisher,
    ):
        line.hold()
        waiting = asyncio.create_task(published(publisher))
        await written(publisher)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        line.cut()


async def written(publisher: Publisher) -> None:
    """Waits until the message is sent and its confirm is pending."""
    async with asyncio.timeout(5):
        while not publisher._channel.confirmations:
            await asyncio.sleep(0.01)
