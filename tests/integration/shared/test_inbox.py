"""The inbox: a repeated message has no second effect, and one faulty message affects no other of its group."""

import asyncio
from collections.abc import Sequence

import pytest

from shared.contracts.registry.events import ProviderApproved
from shared.messaging.envelope import envelope_of, headers_of
from shared.messaging.inbox import Delivery, GroupCommit, all_at_once, one_by_one
from shared.messaging.subscriptions import Subscriptions
from shared.postgres.transaction import Transaction, UnitOfWork
from tests.environment import Environment, row_of, until
from tests.integration.shared.fakes import (
    all_done,
    approved,
    assigned,
    counted,
    dead,
    done,
    gate,
    ready_messages,
    serving,
    until_done,
    working,
)
from tests.integration.shared.tcp_proxy import Line

CONSUMER = "coding.providers-approved"


def delivery(event: ProviderApproved) -> Delivery:
    """An event as it arrives."""
    return Delivery(envelope_of(headers_of(row_of(event))), event)


def again(first: Delivery) -> Delivery:
    """The same message once more."""
    return Delivery(first.envelope, first.event)


async def handled(tx: Transaction, event: ProviderApproved) -> None:
    """Records an effect and an event for each message; the provider's name decides whether it fails."""
    await done(tx, event.subject_id)
    tx.record(assigned(event.subject_id))
    if event.name == "poison":
        raise ZeroDivisionError


async def handled_together(tx: Transaction, events: Sequence[ProviderApproved]) -> None:
    """The same for a whole group."""
    for event in events:
        await handled(tx, event)


@pytest.fixture(params=["one by one", "together"])
def group(request: pytest.FixtureRequest) -> type:
    """A group of each kind."""
    work = (
        one_by_one(handled, with_prepared=False)
        if request.param == "one by one"
        else all_at_once(handled_together)
    )

    class Group(GroupCommit):
        """Of that kind."""

        def __init__(self, unit: UnitOfWork) -> None:
            super().__init__(unit, CONSUMER, work, 64)

    return Group


async def test_a_poison_message_costs_transactions_by_its_logarithm(environment: Environment) -> None:
    group = [delivery(approved()) for _ in range(64)]
    group[37].event = group[37].event.model_copy(update={"name": "poison"})
    begun = 0

    async def counting(tx: Transaction, events: Sequence[ProviderApproved]) -> None:
        nonlocal begun
        begun += 1
        await handled_together(tx, events)

    async with working(environment) as work:
        one = GroupCommit(work, CONSUMER, all_at_once(counting), 64)
        results = await asyncio.gather(*map(one.settle, group), return_exceptions=True)
    assert [number for number, result in enumerate(results) if result is not None] == [37]
    assert await all_done(environment) == [one.event.subject_id for one in group if one is not group[37]]
    # The whole, then two halves at each of the six steps from 64 to 1.
    assert begun == 1 + 2 * 6


async def test_groups_that_meet_in_opposite_order_do_not_wait_for_each_other(environment: Environment) -> None:
    forward = [delivery(approved()) for _ in range(16)]
    backward = [delivery(approved(each.event.subject_id)) for each in reversed(forward)]

    async def locking(tx: Transaction, event: ProviderApproved) -> None:
        await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", str(event.subject_id))
        await tx.execute("SELECT pg_sleep(0.01)")
        await done(tx, event.subject_id)

    async with working(environment) as work:
        groups = [
            GroupCommit(work, f"coding.{name}", one_by_one(locking, with_prepared=False), 64)
            for name in ("forward", "backward")
        ]
        await asyncio.gather(
            *(groups[0].settle(each) for each in forward), *(groups[1].settle(each) for each in backward)
        )
    assert counted("coding.forward", "retried_in_place") + counted("coding.backward", "retried_in_place") == 0
    assert len(await all_done(environment)) == 32


async def test_what_follows_belongs_to_the_event_that_it_follows_from_in_a_group(environment: Environment) -> None:
    group = [delivery(approved(version=number)) for number in range(1, 6)]

    async def answered(tx: Transaction, events: Sequence[ProviderApproved]) -> None:
        for event in events:
            tx.record(assigned(event.subject_id), because_of=event.model_copy())

    async with working(environment) as work:
        one = GroupCommit(work, CONSUMER, all_at_once(answered), 64)
        await asyncio.gather(*map(one.settle, group))

        async def strange(tx: Transaction, _: Sequence[ProviderApproved]) -> None:
            tx.record(assigned(), because_of=approved())

        with pytest.raises(KeyError):
            await GroupCommit(work, CONSUMER, all_at_once(strange), 64).settle(delivery(approved()))
    async with environment.postgres("coding") as connection:
        rows = await connection.fetch("SELECT subject_id, causation_id, correlation_id FROM outbox")
    assert {tuple(row) for row in rows} == {
        (each.event.subject_id, str(each.envelope.event_id), each.envelope.correlation_id) for each in group
    }


async def outbox(environment: Environment) -> int:
    """How many events were recorded."""
    async with environment.postgres("coding") as connection:
        count: int = await connection.fetchval("SELECT count(*) FROM outbox")
        return count


async def test_a_poison_message_in_a_group_harms_no_other(environment: Environment, group: type) -> None:
    good = [delivery(approved()) for _ in range(20)]
    poison = delivery(approved().model_copy(update={"name": "poison"}))
    async with working(environment) as work:
        one = group(work)
        deliveries = [*good[:10], poison, *good[10:]]
        results = await asyncio.gather(*map(one.settle, deliveries), return_exceptions=True)
        assert [type(result) for result in results].count(ZeroDivisionError) == 1
        assert isinstance(results[10], ZeroDivisionError)
        assert sorted(await all_done(environment)) == sorted(one.event.subject_id for one in good)
        assert await outbox(environment) == 20
        with pytest.raises(ZeroDivisionError):
            await one.settle(again(poison))


async def test_repeats_have_no_second_effect_within_a_group_after_it_or_in_two_replicas_at_once(
    environment: Environment, group: type
) -> None:
    first = [delivery(approved()) for _ in range(40)]
    async with working(environment) as work:
        one, other = group(work), group(work)
        shuffled = [*first[20:], *first[:20]]
        await asyncio.gather(
            *(one.settle(each) for each in first),
            *(one.settle(again(each)) for each in first[:5]),
            *(other.settle(again(each)) for each in shuffled),
        )
        await other.settle(again(first[0]))
    assert sorted(await all_done(environment)) == sorted(each.event.subject_id for each in first)
    assert await outbox(environment) == 40


async def test_a_failed_message_is_not_recorded_as_handled(environment: Environment) -> None:
    attempts = 0

    async def second_time_lucky(tx: Transaction, event: ProviderApproved) -> None:
        nonlocal attempts
        attempts += 1
        await done(tx, event.subject_id)
        if attempts == 1:
            raise ZeroDivisionError

    async with working(environment) as work:
        one = GroupCommit(work, CONSUMER, one_by_one(second_time_lucky, with_prepared=False), 64)
        first = delivery(approved())
        with pytest.raises(ZeroDivisionError):
            await one.settle(first)
        await one.settle(again(first))
    assert await all_done(environment) == [first.event.subject_id]


async def test_a_connection_lost_between_commit_and_ack_brings_the_message_again_without_effect(
    environment: Environment,
) -> None:
    subscriptions = Subscriptions("coding")
    seen = 0

    async def prepare(_: ProviderApproved) -> None:
        nonlocal seen
        seen += 1

    @subscriptions.each_prepared(ProviderApproved, prepare, queue="coding.providers-approved")
    async def institutions_approved(tx: Transaction, event: ProviderApproved, _: None) -> None:
        """Has one effect for each message."""
        line.hold()
        await done(tx, event.subject_id)

    event = approved()
    async with (
        Line(environment.amqp("coding")).laid() as line,
        serving(environment, subscriptions, rabbitmq_url=line.url),
    ):
        await environment.publish(event)
        await until_done(environment, 1)
        line.cut()

        async def seen_again() -> bool:
            return seen == 2 and await ready_messages(environment, CONSUMER) == 0

        await until(seen_again, what="the message again")
    assert await all_done(environment) == [event.subject_id]
    assert await ready_messages(environment, CONSUMER) == 0


async def test_a_handler_that_hangs_is_interrupted(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.messaging.inbox.HANDLING_SECONDS", 0.2)
    subscriptions = Subscriptions("coding")

    @subscriptions.each(ProviderApproved, queue="coding.providers-approved")
    async def institutions_approved(tx: Transaction, event: ProviderApproved) -> None:
        """Never returns."""
        await done(tx, event.subject_id)
        await gate(asyncio.Event(), seconds=20)

    async with serving(environment, subscriptions, retry_delays_seconds="0.05"):
        await environment.publish(approved())
        [letter] = await dead(environment, CONSUMER)
    assert letter.error.startswith("HandlingTimedOut")
    assert await all_done(environment) == []
