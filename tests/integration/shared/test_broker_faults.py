"""A service survives broker failures: it stays ready for reads, reports the failure, and loses nothing."""

import asyncio
import time

import pytest

from shared.contracts.registry.events import ProviderApproved
from shared.messaging.publisher import BrokerUnavailable
from shared.messaging.subscriptions import Subscriptions
from shared.postgres.transaction import Transaction
from tests.environment import Environment, until
from tests.integration.shared.conftest import Fragile
from tests.integration.shared.fakes import all_done, approved, assigned, done, receiving, serving, until_done


def subscriptions() -> Subscriptions:
    """One consumer that records an event for each that it receives."""
    subscribed = Subscriptions("coding")

    @subscribed.each(ProviderApproved, queue="coding.providers-approved")
    async def providers_approved(tx: Transaction, event: ProviderApproved) -> None:
        """Has an effect, and records an event."""
        await done(tx, event.subject_id)
        tx.record(assigned(event.subject_id))

    return subscribed


async def health(environment: Environment) -> tuple[int, str]:
    """The messaging health of the service."""
    status, body = await environment.health("coding", of="messaging")
    return status, str(body)


async def until_healthy(environment: Environment) -> None:
    """Waits until the messaging health is good."""

    async def healthy() -> bool:
        return (await health(environment))[0] == 200

    await until(healthy, what="messaging")


async def reads(environment: Environment) -> bool:
    """Whether the service is ready to answer requests, as a load balancer asks it."""
    async with environment.client("coding") as client:
        return (await client.get("/health/ready")).status == 200


async def test_a_frozen_broker_is_not_healthy_and_a_thawed_one_is_again(fragile: Fragile) -> None:
    async with serving(fragile.environment, subscriptions()):
        await until_healthy(fragile.environment)
        with fragile.frozen():
            began = time.monotonic()
            status, said = await health(fragile.environment)
            assert time.monotonic() - began < 3
            assert status == 503
            assert "rabbitmq" in said
            assert await reads(fragile.environment)
        await until_healthy(fragile.environment)


async def test_a_killed_broker_comes_back_with_its_consumers_and_nothing_is_lost(fragile: Fragile) -> None:
    environment = fragile.environment
    before, during = [approved() for _ in range(20)], [approved() for _ in range(20)]
    async with serving(environment, subscriptions()):
        await environment.publish(*before)
        await until_done(environment, 20)
        fragile.kill()
        with pytest.raises(BrokerUnavailable):
            await environment.publish(during[0])
        status, _ = await health(environment)
        assert status == 503
        assert await reads(environment)
        await fragile.start()
        await until_healthy(environment)
        async with receiving(environment, "coding.#") as received:
            await environment.publish(*during)
            found = await until_done(environment, 40)

            async def all_published() -> bool:
                subjects = {message.headers["cloudEvents:subject"] for message in received}
                return {str(event.subject_id) for event in during} <= subjects

            await until(all_published, what="the events that follow")

        async def published() -> bool:
            async with environment.postgres("coding") as connection:
                return not await connection.fetchval("SELECT count(*) FROM outbox")

        await until(published, what="an empty outbox")
    assert sorted(found) == sorted(event.subject_id for event in [*before, *during])
    assert len(await all_done(environment)) == 40


async def test_a_service_ends_in_order_although_its_broker_has_gone(fragile: Fragile) -> None:
    async with serving(fragile.environment, subscriptions()):
        await until_healthy(fragile.environment)
        fragile.kill()
        began = time.monotonic()
    assert time.monotonic() - began < 25
    await fragile.start()
    left = [task for task in asyncio.all_tasks() if "aio_pika" in str(task.get_coro())]
    assert left == []
