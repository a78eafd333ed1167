"""The command that looks after dead letters: reading changes nothing, replaying loses nothing."""

import asyncio
import contextlib
import io
import os
import subprocess
import sys
from pathlib import Path

import aio_pika
import pytest

from shared.contracts.registry.events import InstitutionApproved
from shared.messaging import dead_letters
from shared.messaging.__main__ import main
from shared.messaging.envelope import ATTEMPT, ERROR, TRACE
from shared.messaging.subscriptions import Subscriptions
from shared.messaging.topology import dead_queue
from shared.postgres.transaction import Transaction
from tests.house import House
from tests.integration.shared.stand import approved, dead, done, lying, put, serving, until_done

QUEUE = "coding.institutions-approved"
ROOT = Path(__file__).resolve().parents[3]


class Switch:
    """A consumer that fails until it is mended."""

    def __init__(self) -> None:
        self.mended = False
        self.subscriptions = Subscriptions("coding")

        @self.subscriptions.each(InstitutionApproved)
        async def institutions_approved(tx: Transaction, event: InstitutionApproved) -> None:
            """Handles once it is mended."""
            if not self.mended:
                raise ZeroDivisionError("broken <这里>")
            await done(tx, event.subject_id)


async def command(house: House, *arguments: str) -> tuple[int, str]:
    """Runs the command, and gives its status and what it told."""
    with (
        pytest.MonkeyPatch.context() as environment,
        contextlib.redirect_stdout(io.StringIO()) as told,
        contextlib.redirect_stderr(told),
    ):
        environment.setenv("FUMA_RABBITMQ_URL", house.admin_amqp)
        environment.setenv("FUMA_RABBITMQ_MANAGEMENT_URL", house.servers.management)
        status = await asyncio.to_thread(main, arguments)
    return status, told.getvalue()


async def test_the_command_is_there(house: House) -> None:
    variables = {
        "FUMA_RABBITMQ_URL": house.admin_amqp,
        "FUMA_RABBITMQ_MANAGEMENT_URL": house.servers.management,
    }
    for call in (["shared.messaging", "dead", "list"], ["shared.messaging.dead_letters", "list"]):
        finished = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", *call],
            check=False,
            capture_output=True,
            text=True,
            cwd=ROOT,
            env={**os.environ, **variables},
        )
        assert (finished.returncode, finished.stdout) == (0, "没有死信 / no dead letters\n"), finished.stderr


async def order(house: House) -> list[str]:
    """The ids of the dead letters as they lie."""
    return [letter.id for letter in await dead_letters.shown(house.admin_amqp, QUEUE, at_most=100)]


async def test_an_operator_lists_shows_and_replays_once_the_cause_is_mended(house: House) -> None:
    events, switch = [approved() for _ in range(4)], Switch()
    async with serving(house, switch.subscriptions, retry_delays_seconds="0.05"):
        await house.publish(*events)
        ids = [letter.id for letter in await dead(house, QUEUE, 4)]
        status, told = await command(house, "list")
        assert (status, told.split()) == (0, ["4", QUEUE])

        status, told = await command(house, "show", "--queue", QUEUE, "--id", ids[2])
        assert status == 0
        for part in (ids[2], "broken <这里>", "Traceback", "registry.institution.approved.v1", "attempts       2"):
            assert part in told
        assert ids[0] not in told

        switch.mended = True
        status, told = await command(house, "replay", "--queue", dead_queue(QUEUE), "--id", ids[2])
        assert (status, "1" in told) == (0, True)
        await until_done(house, 1)
        assert await order(house) == [ids[0], ids[1], ids[3]]
        status, _ = await command(house, "replay", "--queue", QUEUE)
        assert status == 0
        handled = await until_done(house, 4)
        status, told = await command(house, "list")
        assert told.startswith("没有死信")
    assert sorted(handled) == sorted(event.subject_id for event in events)


async def test_looking_again_and_again_neither_reorders_nor_loses(house: House) -> None:
    async with serving(house, Switch().subscriptions):
        pass
    for number in range(30):
        await put(house, dead_queue(QUEUE), f"message {number}".encode())
    first = await order(house)
    assert len(set(first)) == 30
    # More often than a broker's usual limit of deliveries.
    for at_most in (1, 7, 29, 30, *[100] * 22):
        looked = await dead_letters.shown(house.admin_amqp, QUEUE, at_most=at_most)
        assert [letter.id for letter in looked] == first[:at_most]
    assert await lying(house, dead_queue(QUEUE)) == 30


async def test_a_replayed_message_is_as_if_it_had_never_been_tried(house: House) -> None:
    switch = Switch()
    async with serving(house, switch.subscriptions, retry_delays_seconds="0.05,0.05"):
        await house.publish(approved())
        [before] = await dead(house, QUEUE)
        assert await dead_letters.replayed(house.admin_amqp, QUEUE) == 1
        [after] = await dead(house, QUEUE)
    assert after.id == before.id
    assert after.headers == before.headers
    assert after.message.headers[ATTEMPT] == before.message.headers[ATTEMPT] == 3
    assert {ATTEMPT, ERROR, TRACE}.isdisjoint(after.headers)


async def test_what_its_queue_does_not_take_stays_dead(house: House) -> None:
    async with serving(house, Switch().subscriptions):
        pass
    connection = await aio_pika.connect(house.admin_amqp)
    async with connection:
        await (await connection.channel()).queue_delete(QUEUE)
    await put(house, dead_queue(QUEUE), b"one")
    status, told = await command(house, "replay", "--queue", QUEUE)
    assert (status, "NO_ROUTE" in told) == (1, True)
    assert len(await order(house)) == 1


async def test_dropping_needs_to_be_told_what(house: House) -> None:
    async with serving(house, Switch().subscriptions):
        pass
    for number in range(3):
        await put(house, dead_queue(QUEUE), f"message {number}".encode())
    ids = await order(house)
    with pytest.raises(SystemExit):
        main(["drop", "--queue", QUEUE])
    assert await dead_letters.dropped(house.admin_amqp, QUEUE, [ids[1]]) == 1
    assert await order(house) == [ids[0], ids[2]]
    status, _ = await command(house, "drop", "--queue", QUEUE, "--id", "unknown")
    assert status == 1
    status, _ = await command(house, "drop", "--queue", QUEUE, "--all")
    assert (status, await order(house)) == (0, [])


async def test_without_a_broker_the_command_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("FUMA_RABBITMQ_URL", raising=False)
    assert main(["list"]) == 2
    monkeypatch.setenv("FUMA_RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:9/")
    assert await asyncio.to_thread(main, ["show", "--queue", QUEUE]) == 1
    assert "FUMA_RABBITMQ_URL" in capsys.readouterr().err
