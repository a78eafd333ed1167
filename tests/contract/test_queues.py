"""Durable queues: messages wait in them across versions, so their names, bindings and arguments are pinned."""

import json
import re

import pytest

from shared.contracts.registry.events import UnitRegistered
from shared.messaging.policies import POLICIES, Policy
from shared.messaging.subscriptions import Subscriptions
from shared.messaging.topology import DURABLE_QUEUES, Topology
from tests.contract.declarations import subscriptions
from tests.contract.write import bindings

_LISTED = json.loads(DURABLE_QUEUES.read_text("utf-8"))


def test_the_consumers_queues_are_those_that_are_listed() -> None:
    assert bindings() == _LISTED, (
        "run `python -m tests.contract.write` for a new queue. A queue that has gone leaves its messages on every "
        "broker: take it from shared/messaging/queues.json by hand, and say in the commit how it is emptied"
    )


def test_no_two_consumers_share_a_queue() -> None:
    names = [one.queue for one in subscriptions()]
    assert sorted(set(names)) == names


def test_a_queue_name_begins_with_its_service_which_alone_has_rights_on_it() -> None:
    with pytest.raises(ValueError, match="no rights"):
        Subscriptions("coding").each(UnitRegistered, queue="review.units-registered")(_nothing)


def test_a_redeclared_queue_has_the_arguments_that_it_was_made_with() -> None:
    topology = Topology([("coding.example", ("registry.unit.registered.v1",))], (0.5,), ("43",))
    quorum, one_at_a_time = {"x-queue-type": "quorum"}, {"x-single-active-consumer": True}
    assert {queue.name: queue.arguments for queue in topology.durable_queues()} == {
        "fuma.unrouted": quorum,
        "gateway.feed": quorum | one_at_a_time,
        "gateway.feed.dead": quorum,
        "coding.example": quorum,
        "coding.example.dead": quorum,
        "fuma.retry.500ms": quorum | {"x-message-ttl": 500},
        "provinces.43": quorum | one_at_a_time,
        "provinces.43.dead": quorum,
    }


def test_one_policy_applies_to_every_queue() -> None:
    declared = [(one.queue, (one.event.type,)) for one in subscriptions() if one.queue != "gateway.feed"]
    for queue in Topology(declared, (0.5,), ("43",)).durable_queues():
        policies = [policy for policy in POLICIES.values() if fits(policy, queue.name)]
        assert len(policies) == 1, queue.name


def test_what_a_consumer_cannot_handle_is_not_dropped() -> None:
    for queue in _LISTED:
        [policy] = [policy for policy in POLICIES.values() if fits(policy, queue)]
        assert policy.definition == {
            "delivery-limit": 20,
            "dead-letter-exchange": "fuma.dead",
            "dead-letter-routing-key": f"{queue}.dead",
            "dead-letter-strategy": "at-least-once",
            "overflow": "reject-publish",
        }


def test_the_feed_and_the_provinces_receive_public_events_alone() -> None:
    bound = {
        queue.name: {one.exchange for one in queue.bindings}
        for queue in Topology((), (), ("43",)).durable_queues()
    }
    assert bound["gateway.feed"] == bound["provinces.43"] == {"fuma.public"}


def test_queues_that_external_systems_read_are_bounded_and_block_nobody() -> None:
    queues = [queue.name for queue in Topology((), (), ("43",)).durable_queues()]
    for name in ("provinces.43", "provinces.43.dead", "fuma.unrouted"):
        assert name in queues
        [policy] = [one for one in POLICIES.values() if fits(one, name)]
        assert policy.definition["overflow"] == "drop-head"
        assert {"max-length-bytes", "message-ttl", "delivery-limit"} <= set(policy.definition)


def fits(policy: Policy, queue: str) -> bool:
    """Whether the broker would apply the policy to the queue."""
    return policy.applies_to == "queues" and re.search(policy.pattern, queue) is not None


async def _nothing(_: object, __: object) -> None:
    """Handles nothing."""
