"""A service outlives its broker: it says that it is not ready, and comes back with nothing lost."""

import asyncio
import time

import pytest

from shared.contracts.registry.events import ProviderApproved
from shared.messaging.publisher import BrokerUnavailable
from shared.messaging.subscriptions import Subscriptions
from shared.postgres.transaction import Transaction
from tests.environment import Environment, until
from tests.integration.shared.conftest import Fragile
from tests.integration.shared.fakes import all_done, approved, assigned, done, hearing, serving, until_done


def subscriptions() -> Subscriptions:
    """One consumer that records an event for each that it hears."""
    heard = Subscriptions("coding")

    @heard.each(ProviderApproved, queue="coding.providers-approved")
    async def institutions_approved(tx: Transaction, event: ProviderApproved) -> None:
        """Has an effect, and tells of it."""
        await done(tx, event.subject_id)
        tx.record(assigned(event.subject_id))

    return heard


async def health(environment: Environment) -> tuple[int, str]:
    """What the service says of itself."""
    status, told = await environment.health("coding")
    return status, str(told)


async def until_ready(environment: Environment) -> None:
    """Waits until the service says that it is ready."""

    async def ready() -> bool:
        return (await health(environment))[0] == 200

    await until(ready, what="readiness")


async def test_a_frozen_broker_is_not_healthy_and_a_thawed_one_is_again(fragile: Fragile) -> None:
    async with serving(fragile.environment, subscriptions()):
        await until_ready(fragile.environment)
        with fragile.frozen():
            began = time.monotonic()
            status, said = await health(fragile.environment)
            assert time.monotonic() - began < 3
            assert status == 503
            assert "rabbitmq" in said
            async with fragile.environment.client("coding") as client:
                assert (await client.get("/health/live")).status == 200
        await until_ready(fragile.environment)


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
        await fragile.start()
        await until_ready(environment)
        async with hearing(environment, "coding.#") as heard:
            await environment.publish(*during)
            found = await until_done(environment, 40)

            async def told() -> bool:
                subjects = {message.headers["cloudEvents:subject"] for message in heard}
                return {str(event.subject_id) for event in during} <= subjects

            await until(told, what="the events that follow")

        async def published() -> bool:
            async with environment.postgres("coding") as connection:
                return not await connection.fetchval("SELECT count(*) FROM outbox")

        await until(published, what="an empty outbox")
    assert sorted(found) == sorted(event.subject_id for event in [*before, *during])
    assert len(await all_done(environment)) == 40


async def test_a_service_ends_in_order_although_its_broker_has_gone(fragile: Fragile) -> None:
    async with serving(fragile.environment, subscriptions()):
        await until_ready(fragile.environment)
        fragile.kill()
        began = time.monotonic()
    assert time.monotonic() - began < 25
    await fragile.start()
    left = [task for task in asyncio.all_tasks() if "aio_pika" in str(task.get_coro())]
    assert left == []
