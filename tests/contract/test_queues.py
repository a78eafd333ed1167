"""Durable queues: messages wait in them across versions, so that names, bindings and arguments are pinned."""

import json
import re

import pytest

from shared.contracts.registry.events import UnitRegistered
from shared.messaging.policies import POLICIES
from shared.messaging.subscriptions import Subscriptions
from shared.messaging.topology import DURABLE_QUEUES, Topology
from tests.contract.whole_tree import subscriptions
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


def test_a_queue_bears_the_name_of_its_service_which_alone_has_rights_on_it() -> None:
    with pytest.raises(ValueError, match="no rights"):
        Subscriptions("coding").each(UnitRegistered, queue="review.units-registered")(_nothing)


def test_a_redeclared_queue_has_the_arguments_that_it_was_made_with() -> None:
    topology = Topology([("coding.example", ("registry.unit.registered.v1",))], (0.5,), ("43",))
    assert {queue.name: queue.arguments for queue in topology.durable_queues()} == {
        "fuma.unrouted": {"x-queue-type": "quorum"},
        "gateway.feed": consumers("gateway.feed.dead") | {"x-single-active-consumer": True},
        "gateway.feed.dead": {"x-queue-type": "quorum", "x-delivery-limit": 1_000_000},
        "coding.example": consumers("coding.example.dead"),
        "coding.example.dead": {"x-queue-type": "quorum", "x-delivery-limit": 1_000_000},
        "fuma.retry.500ms": {
            "x-queue-type": "quorum",
            "x-message-ttl": 500,
            "x-dead-letter-exchange": "",
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
        },
        "provinces.43": {
            "x-queue-type": "quorum",
            "x-single-active-consumer": True,
        },
        "provinces.43.dead": {"x-queue-type": "quorum"},
    }


def test_the_feed_and_the_provinces_receive_public_events_alone() -> None:
    bound = {
        queue.name: {one.exchange for one in queue.bindings}
        for queue in Topology((), (), ("43",)).durable_queues()
    }
    assert bound["gateway.feed"] == bound["provinces.43"] == {"fuma.public"}


def test_queues_that_outsiders_may_leave_unread_are_bounded_and_hold_nobody_up() -> None:
    queues = [queue.name for queue in Topology((), (), ("43",)).durable_queues()]
    for name in ("provinces.43", "provinces.43.dead", "fuma.unrouted"):
        assert name in queues
        [policy] = [one for one in POLICIES.values() if one.applies_to == "queues" and re.match(one.pattern, name)]
        assert policy.definition["overflow"] == "drop-head"
        assert {"max-length-bytes", "message-ttl", "delivery-limit"} <= set(policy.definition)


def consumers(dead: str) -> dict[str, object]:
    """The arguments of a consumer's queue."""
    return {
        "x-queue-type": "quorum",
        "x-delivery-limit": 20,
        "x-dead-letter-exchange": "fuma.dead",
        "x-dead-letter-routing-key": dead,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }


async def _nothing(_: object, __: object) -> None:
    """Handles nothing."""
