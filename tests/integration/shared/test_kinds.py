"""Kinds that a version does not handle: it ignores them, or waits for a newer version."""

from collections.abc import Sequence

from shared.contracts.registry.events import ProviderApproved
from shared.messaging.kinds import Kinds, must_know, only
from shared.messaging.subscriptions import Subscriptions
from shared.postgres.transaction import Transaction
from tests.environment import Environment, until
from tests.integration.shared.fakes import (
    all_done,
    approved,
    counted,
    dead,
    done,
    envelope,
    put,
    ready_messages,
    serving,
    until_done,
)

QUEUE = "coding.providers-approved"
DELAYS = "0.05,0.1"


def knowing(kinds: Kinds) -> Subscriptions:
    """One consumer that handles these kinds."""
    subscriptions = Subscriptions("coding")

    @subscriptions.together(ProviderApproved, queue=QUEUE, kinds=kinds)
    async def providers_approved(tx: Transaction, events: Sequence[ProviderApproved]) -> None:
        """Has an effect for each."""
        for event in events:
            await done(tx, event.subject_id)

    return subscriptions


async def test_an_unknown_kind_outside_the_service_is_acknowledged_and_counted(
    environment: Environment,
) -> None:
    before = counted(QUEUE, "unknown_kind")
    known, unknown = approved(), approved().model_copy(update={"kind": "clinic"})
    async with serving(environment, knowing(only("institution")), retry_delays_seconds="60"):
        await environment.publish(unknown, known)
        assert await until_done(environment, 1) == [known.subject_id]

        async def acknowledged() -> bool:
            return counted(QUEUE, "unknown_kind") == before + 1 and await ready_messages(environment, QUEUE) == 0

        await until(acknowledged, what="the acknowledgement")
        assert await ready_messages(environment, f"{QUEUE}.dead") == 0
    assert await ready_messages(environment, QUEUE) == 0


async def test_an_unknown_kind_that_must_be_handled_waits_beyond_all_delays(
    environment: Environment,
) -> None:
    before = counted(QUEUE, "waiting")
    known, unknown = approved(), approved().model_copy(update={"kind": "clinic"})
    async with serving(environment, knowing(must_know("institution")), retry_delays_seconds=DELAYS):
        await environment.publish(unknown, known)

        async def waited_long() -> bool:
            return counted(QUEUE, "waiting") >= before + 5

        await until(waited_long, what="more attempts than there are delays")
        assert await all_done(environment) == [known.subject_id]
        assert await ready_messages(environment, f"{QUEUE}.dead") == 0
    async with serving(environment, knowing(must_know("institution", "clinic")), retry_delays_seconds=DELAYS):
        assert await until_done(environment, 2) == [known.subject_id, unknown.subject_id]


async def test_an_invalid_value_of_a_closed_field_is_dead_lettered_at_once(environment: Environment) -> None:
    broken = approved().model_copy(update={"subject_version": "one"})
    async with serving(environment, knowing(only("institution")), retry_delays_seconds="60"):
        await put(environment, QUEUE, broken.model_dump_json(warnings=False).encode(), envelope())
        [letter] = await dead(environment, QUEUE)
    assert letter.error.startswith("ValidationError")
