"""Infrastructure failures are retried in place: nothing is dead-lettered, lost, duplicated or overtaken."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import pytest

from shared.contracts.registry.events import ProviderApproved
from shared.messaging.subscriptions import Subscriptions
from shared.postgres.transaction import Transaction
from tests.environment import Environment, until
from tests.integration.shared.fakes import (
    all_done,
    approved,
    counted,
    dead,
    done,
    gate,
    ready_messages,
    serving,
    until_done,
)
from tests.integration.shared.tcp_proxy import Line

QUEUE = "coding.providers-approved"
# Together far less than Postgres is away in these tests.
SHORT = "0.05,0.1"
# A message that were sent to a retry queue would not be seen again while a test runs.
LONG = "600"
STATES = {
    "08006": "connection failure",
    "40001": "serialization failure",
    "40P01": "deadlock detected",
    "53100": "disk full",
    "53200": "out of memory",
    "53300": "too many connections",
    "55P03": "lock not available",
    "57014": "query canceled by a time-out",
    "57P01": "admin shutdown",
    "57P03": "cannot connect now",
    "58030": "io error",
}


def one_by_one(handle: Callable[[Transaction, ProviderApproved], Any]) -> Subscriptions:
    """One consumer of single events that runs the given handler."""
    subscriptions = Subscriptions("coding")

    @subscriptions.each(ProviderApproved, queue=QUEUE)
    async def providers_approved(tx: Transaction, event: ProviderApproved) -> None:
        """Runs the given handler."""
        await handle(tx, event)

    return subscriptions


def in_order() -> Subscriptions:
    """One consumer of groups that notes the order in which it handled them."""
    subscriptions = Subscriptions("coding")

    @subscriptions.together(ProviderApproved, queue=QUEUE, at_most=8)
    async def providers_approved(tx: Transaction, events: Sequence[ProviderApproved]) -> None:
        """Has an effect for each."""
        for event in events:
            await done(tx, event.subject_id)

    return subscriptions


async def until_held(attempts: int = 5) -> None:
    """Waits until a consumer has retried this often in place, which takes longer than all short delays."""
    before = counted(QUEUE, "retried_in_place")

    async def held() -> bool:
        return counted(QUEUE, "retried_in_place") >= before + attempts

    await until(held, what="attempts in place")


async def test_a_long_outage_of_postgres_dead_letters_nothing_and_keeps_the_order(
    environment: Environment,
) -> None:
    events = [approved() for _ in range(60)]
    ended = {outcome: counted(QUEUE, outcome) for outcome in ("dead", "retried")}
    async with (
        Line(environment.dsn("coding")).laid() as postgres,
        Line(environment.amqp("coding")).laid() as broker,
        serving(
            environment,
            in_order(),
            postgres_dsn=postgres.url,
            rabbitmq_url=broker.url,
            retry_delays_seconds=SHORT,
        ),
    ):
        await environment.publish(*events[:10])
        await until_done(environment, 10)
        async with postgres.away():
            await environment.publish(*events[10:40])
            await until_held()
            assert (await environment.health("coding"))[0] == 503
            _, said = await environment.health("coding", of="messaging")
            assert QUEUE in said["wrong"]["consumers"]
            # What is held comes again on another channel, and must not be there twice.
            broker.cut()
            await environment.publish(*events[40:])
            await until_held()
        assert await until_done(environment, 60) == [event.subject_id for event in events]
        assert await ready_messages(environment, f"{QUEUE}.dead") == 0
    assert await all_done(environment) == [event.subject_id for event in events]
    assert {outcome: counted(QUEUE, outcome) for outcome in ended} == ended


async def test_a_failure_of_postgres_uses_up_no_attempt_whatever_its_state(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.messaging.in_place_retry.LONGEST_PAUSE_SECONDS", 0.05)
    states: dict[UUID, str] = {}
    failed: set[UUID] = set()

    async def handle(tx: Transaction, event: ProviderApproved) -> None:
        await done(tx, event.subject_id)
        if event.subject_id not in failed:
            failed.add(event.subject_id)
            state = states[event.subject_id]
            await tx.execute(f"DO $$ BEGIN RAISE EXCEPTION 'full' USING ERRCODE = '{state}'; END $$")

    for state in STATES:
        states[approved().subject_id] = state
    async with serving(environment, one_by_one(handle), retry_delays_seconds=LONG):
        await environment.publish(*map(approved, states))
        await until_done(environment, len(states))
    assert failed == set(states)
    assert sorted(await all_done(environment)) == sorted(states)


async def test_the_victim_of_a_deadlock_is_tried_again_at_once(environment: Environment) -> None:
    attempts, held_first = 0, asyncio.Event()
    subject = approved()

    async def handle(tx: Transaction, event: ProviderApproved) -> None:
        nonlocal attempts
        attempts += 1
        await tx.execute("SELECT pg_advisory_xact_lock(1)")
        held_first.set()
        await tx.execute("SELECT pg_advisory_xact_lock(2)")
        await done(tx, event.subject_id)

    async with (
        environment.postgres("coding") as other,
        serving(environment, one_by_one(handle), retry_delays_seconds=LONG),
    ):
        async with other.transaction():
            await other.execute("SELECT pg_advisory_xact_lock(2)")
            # Who waits first looks for a deadlock first, and is its victim.
            await other.execute("SET LOCAL deadlock_timeout = '20s'")
            await environment.publish(subject)
            await gate(held_first)
            await other.execute("SELECT pg_advisory_xact_lock(1)")
            assert attempts == 1
        assert await until_done(environment, 1) == [subject.subject_id]
    assert attempts > 1


async def test_a_service_that_holds_messages_stops_at_once_and_leaves_them_queued(
    environment: Environment,
) -> None:
    events = [approved() for _ in range(5)]
    async with Line(environment.dsn("coding")).laid() as postgres:
        async with (
            serving(environment, in_order(), postgres_dsn=postgres.url, retry_delays_seconds=SHORT),
            postgres.away(),
        ):
            await environment.publish(*events)
            await until_held()
            began = time.monotonic()
        assert time.monotonic() - began < 5
    async with serving(environment, in_order()):
        assert await until_done(environment, 5) == [event.subject_id for event in events]


async def test_a_message_that_fails_during_a_broker_failure_is_not_duplicated(environment: Environment) -> None:
    attempts = 0

    async def handle(_: Transaction, __: ProviderApproved) -> None:
        nonlocal attempts
        attempts += 1
        if attempts == 1:
            broker.cut()
            # The loss is noticed with the next turns of the loop, as it would be while a handler works.
            await asyncio.sleep(0.05)
        raise ZeroDivisionError

    async with (
        Line(environment.amqp("coding")).laid() as broker,
        serving(environment, one_by_one(handle), rabbitmq_url=broker.url, retry_delays_seconds=SHORT),
    ):
        await environment.publish(approved())
        [letter] = await dead(environment, QUEUE)
        assert letter.message.headers["fuma-attempt"] == 3
    assert attempts == 4
