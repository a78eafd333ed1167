"""Queues on a real broker: each has its policy, and one with other arguments is refused with an error."""

import asyncio
from typing import Any
from urllib.parse import quote

import aio_pika
import pytest

from deploy.provision import _ask
from shared.messaging.policies import POLICIES
from shared.messaging.publisher import publishing
from shared.messaging.topology import QueueConflict, Topology
from tests.contract.declarations import subscriptions
from tests.environment import Environment, until
from tests.integration.shared.fakes import serving

DECLARED = [(one.queue, (one.event.type,)) for one in subscriptions() if one.queue != "gateway.feed"]


async def policies_in_force(environment: Environment) -> dict[str, str | None]:
    """The policy that the broker applies to each queue."""
    path = f"/api/queues/{quote(environment.name)}"
    found: list[dict[str, Any]] = await asyncio.to_thread(_ask, environment.servers.management, path, "GET")
    return {queue["name"]: queue.get("policy") for queue in found}


async def test_every_queue_has_its_policy_and_no_policy_says_what_the_broker_does_not_know(
    environment: Environment,
) -> None:
    topology = Topology(DECLARED, (0.5,), ("43",))
    async with publishing(environment.admin_amqp, "test", topology):
        names = {queue.name for queue in topology.durable_queues()}

        async def applied() -> bool:
            found = await policies_in_force(environment)
            return set(found) == names and all(found.values())

        await until(applied, what="a policy for every queue")
        found = await policies_in_force(environment)
    assert found["coding.providers-approved"] == "consumer coding.providers-approved"
    assert found["coding.providers-approved.dead"] == "dead letters"
    assert found["fuma.retry.500ms"] == "retry queues"
    assert {*filter(None, found.values())} <= set(POLICIES)


async def test_a_queue_with_other_arguments_is_named_and_does_not_keep_a_service_waiting(
    environment: Environment,
) -> None:
    connection = await aio_pika.connect(environment.admin_amqp)
    async with connection:
        channel = await connection.channel()
        arguments: dict[str, Any] = {"x-queue-type": "quorum", "x-max-length": 5}
        await channel.declare_queue("gateway.feed", durable=True, arguments=arguments)
    async with asyncio.timeout(10):
        with pytest.raises(QueueConflict, match=r"gateway\.feed.*x-(max-length|single-active-consumer)"):
            async with serving(environment):
                pass
