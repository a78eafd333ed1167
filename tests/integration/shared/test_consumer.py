"""The outcomes of a message: committed once, retried with growing delays, or dead-lettered with its error."""

import asyncio
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import aio_pika
import orjson
import pytest
import structlog

from deploy.laptop.stack.ports import free_port
from shared.contracts.registry.events import ProviderApproved
from shared.ids import new_id
from shared.messaging import consumer as module
from shared.messaging.envelope import ATTEMPT, TRACE, headers_of
from shared.messaging.policies import CRASH_LIMIT
from shared.messaging.subscriptions import Subscriptions
from shared.postgres.transaction import Transaction
from shared.problems import NotFound
from tests.environment import Environment, row_of, until
from tests.integration.shared.fakes import (
    all_done,
    approved,
    assigned,
    dead,
    done,
    envelope,
    gate,
    put,
    ready_messages,
    receiving,
    serving,
    until_done,
)

QUEUE = "coding.providers-approved"


def subscribed(handle: Callable[[Transaction, ProviderApproved], Any]) -> Subscriptions:
    """One consumer that runs the given handler."""
    subscriptions = Subscriptions("coding")

    @subscriptions.each(ProviderApproved, queue="coding.providers-approved")
    async def institutions_approved(tx: Transaction, event: ProviderApproved) -> None:
        """Runs the given handler."""
        await handle(tx, event)

    return subscriptions


async def handled(tx: Transaction, event: ProviderApproved) -> None:
    """Nothing fails."""
    await done(tx, event.subject_id)


async def test_events_that_a_handler_records_belong_to_the_chain_of_its_event(environment: Environment) -> None:
    seen: list[str] = []

    async def handle(tx: Transaction, event: ProviderApproved) -> None:
        seen.append(str(structlog.contextvars.get_contextvars().get("correlation_id")))
        tx.record(assigned(event.subject_id))

    event = approved()
    row = row_of(event)
    async with receiving(environment, "coding.#") as received, serving(environment, subscribed(handle)):
        await put(environment, QUEUE, event.model_dump_json().encode(), headers_of(row))

        async def one() -> bool:
            return len(received) == 1

        await until(one, what="the event that follows")
    headers = received[0].headers
    assert headers["cloudEvents:correlationid"] == row["correlation_id"]
    assert headers["cloudEvents:causationid"] == str(row["event_id"])
    assert headers["cloudEvents:id"] == received[0].message_id != str(row["event_id"])


async def test_a_failing_message_is_retried_with_growing_delays_then_dead_lettered(
    environment: Environment,
) -> None:
    bad, attempts = approved(), list[float]()

    async def handle(tx: Transaction, event: ProviderApproved) -> None:
        if event.subject_id == bad.subject_id:
            attempts.append(time.monotonic())
            raise ZeroDivisionError("no such luck")
        await done(tx, event.subject_id)

    async with serving(environment, subscribed(handle), retry_delays_seconds="0.2,0.5"):
        await environment.publish(bad)

        async def failed() -> bool:
            return bool(attempts)

        await until(failed, what="a first attempt")
        others = [approved() for _ in range(10)]
        await environment.publish(*others)
        await until_done(environment, 10)
        assert len(attempts) < 3, "the others had to wait"
        [letter] = await dead(environment, QUEUE)
    waits = [later - earlier for earlier, later in pairwise(attempts)]
    assert len(waits) == 2
    assert waits[0] >= 0.2
    assert waits[1] >= 0.5
    assert letter.error == "ZeroDivisionError: no such luck"
    assert "in handle" in str(letter.message.headers[TRACE])
    assert letter.message.headers[ATTEMPT] == 3
    assert orjson.loads(letter.message.body)["subject_id"] == str(bad.subject_id)
    assert set(await all_done(environment)) == {event.subject_id for event in others}


async def test_an_invalid_message_is_dead_lettered_at_once(
    environment: Environment, subtests: pytest.Subtests
) -> None:
    good = approved()
    failing: dict[bytes, tuple[dict[str, str], str]] = {
        b"{malformed": (envelope(), "ValidationError"),
        b'{"name": "no UTF-8 \xff\xfe"}': (envelope(), "ValidationError"),
        b'{"not": "as the contract says"}': (envelope(), "ValidationError"),
        b"": (envelope(), "ValidationError"),
        good.model_dump_json().encode(): ({}, "EnvelopeBroken"),
        b"{}": ({**envelope(), "cloudEvents:id": "no uuid"}, "EnvelopeBroken"),
        b"[]": ({**envelope(), ATTEMPT: "no number"}, "RabbitMQ: rejected"),
    }
    async with serving(environment, subscribed(handled), retry_delays_seconds="60"):
        for body, (headers, _) in failing.items():
            await put(environment, QUEUE, body, headers)
        await environment.publish(good)
        letters = await dead(environment, QUEUE, len(failing))
        assert await until_done(environment, 1) == [good.subject_id]
    for letter in letters:
        with subtests.test(body=letter.message.body):
            assert letter.error.startswith(failing[letter.message.body][1])
    assert {letter.message.body for letter in letters} == set(failing)


async def test_a_refusal_by_a_rule_is_not_tried_again(environment: Environment) -> None:
    async def handle(_: Transaction, __: ProviderApproved) -> None:
        raise NotFound

    async with serving(environment, subscribed(handle), retry_delays_seconds="60"):
        await environment.publish(approved())
        [letter] = await dead(environment, QUEUE)
    assert letter.error.startswith("NotFound: not-found")


async def test_a_message_that_fails_before_the_handler_is_not_lost(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_: object) -> None:
        raise LookupError("the decoder itself")

    monkeypatch.setattr(module, "_undecoded", broken)
    event = approved()
    async with serving(environment, subscribed(handled)):
        await environment.publish(event)
        [letter] = await dead(environment, QUEUE)
    assert letter.error == "RabbitMQ: rejected"
    assert orjson.loads(letter.message.body)["subject_id"] == str(event.subject_id)


async def test_a_message_that_crashes_its_consumer_is_dead_lettered(environment: Environment) -> None:
    async with serving(environment, subscribed(handled)):
        pass
    event = approved()
    await put(environment, QUEUE, event.model_dump_json().encode(), headers_of(row_of(event)))
    connection = await aio_pika.connect(environment.admin_amqp)
    async with connection:
        queue = await (await connection.channel()).get_queue(QUEUE)
        for _ in range(CRASH_LIMIT + 1):

            async def taken() -> bool:
                message = await queue.get(fail=False)
                if message is not None:
                    await message.nack(requeue=True)
                return message is not None

            await until(taken, what="the message again")
    [letter] = await dead(environment, QUEUE)
    assert letter.error == "RabbitMQ: delivery_limit"


def gated(opened: asyncio.Event, begun: list[ProviderApproved]) -> Subscriptions:
    """One consumer that records what it started, and continues when the gate opens."""
    subscriptions = Subscriptions("coding")

    async def prepare(event: ProviderApproved) -> None:
        begun.append(event)
        await gate(opened)

    @subscriptions.each_prepared(ProviderApproved, prepare, queue="coding.providers-approved")
    async def institutions_approved(tx: Transaction, event: ProviderApproved, _: None) -> None:
        """Handles a message when the gate is open."""
        await done(tx, event.subject_id)

    return subscriptions


async def test_the_prefetch_bounds_how_many_are_handled_at_once(environment: Environment) -> None:
    opened, begun = asyncio.Event(), list[ProviderApproved]()
    subscriptions = gated(opened, begun)
    bound = 2 * subscriptions.all[0].at_most
    async with serving(environment, subscriptions):
        await environment.publish(*[approved() for _ in range(bound + 40)])

        async def full() -> bool:
            return len(begun) == bound and await ready_messages(environment, QUEUE) == 40

        await until(full, what="as many as the prefetch allows, the rest queued")
        opened.set()
        assert len(await until_done(environment, bound + 40)) == bound + 40


async def test_stopping_finishes_what_has_begun_and_leaves_the_rest_queued(environment: Environment) -> None:
    opened, begun = asyncio.Event(), list[ProviderApproved]()
    subscriptions = gated(opened, begun)
    bound = 2 * subscriptions.all[0].at_most
    async with serving(environment, subscriptions):
        await environment.publish(*[approved() for _ in range(bound + 20)])

        async def full() -> bool:
            return len(begun) == bound

        await until(full, what="a full hand")
        asyncio.get_running_loop().call_later(0.2, opened.set)
    assert sorted(await all_done(environment)) == sorted(event.subject_id for event in begun)
    assert await ready_messages(environment, QUEUE) == bound + 20 - len(begun)


async def test_a_message_that_comes_twice_to_two_replicas_at_once_has_one_effect(environment: Environment) -> None:
    events = [approved() for _ in range(30)]
    ids = {number: new_id() for number in range(30)}
    async with (
        serving(environment, subscribed(handled)),
        serving(environment, subscribed(handled), http_port=free_port()),
    ):
        await asyncio.gather(*(environment.publish(*events, message_ids=ids) for _ in range(3)))
        await until_done(environment, 30)

        async def quiet() -> bool:
            return await ready_messages(environment, QUEUE) == 0

        await until(quiet)
    assert sorted(await all_done(environment)) == sorted(event.subject_id for event in events)
