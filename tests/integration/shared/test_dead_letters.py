"""The dead-letters command: reading changes nothing, replaying loses nothing."""

import asyncio
import contextlib
import io
import os
import subprocess
import sys
from pathlib import Path

import aio_pika
import pytest

from shared.contracts.registry.events import ProviderApproved
from shared.messaging import dead_letters
from shared.messaging.__main__ import main
from shared.messaging.envelope import ATTEMPT, ERROR, TRACE
from shared.messaging.subscriptions import Subscriptions
from shared.messaging.topology import dead_queue
from shared.postgres.transaction import Transaction
from tests.environment import Environment
from tests.integration.shared.fakes import approved, dead, done, put, ready_messages, serving, until_done

QUEUE = "coding.providers-approved"
ROOT = Path(__file__).resolve().parents[3]


class Switch:
    """A consumer that fails until the test repairs it."""

    def __init__(self) -> None:
        self.repaired = False
        self.subscriptions = Subscriptions("coding")

        @self.subscriptions.each(ProviderApproved, queue="coding.providers-approved")
        async def institutions_approved(tx: Transaction, event: ProviderApproved) -> None:
            """Handles messages once it is repaired."""
            if not self.repaired:
                raise ZeroDivisionError("broken <这里>")
            await done(tx, event.subject_id)


async def command(environment: Environment, *arguments: str) -> tuple[int, str]:
    """Runs the command; returns its status and output."""
    with (
        pytest.MonkeyPatch.context() as variables,
        contextlib.redirect_stdout(io.StringIO()) as output,
        contextlib.redirect_stderr(output),
    ):
        variables.setenv("FUMA_RABBITMQ_URL", environment.admin_amqp)
        variables.setenv("FUMA_RABBITMQ_MANAGEMENT_URL", environment.servers.management)
        status = await asyncio.to_thread(main, arguments)
    return status, output.getvalue()


async def test_the_command_is_there(environment: Environment) -> None:
    variables = {
        "FUMA_RABBITMQ_URL": environment.admin_amqp,
        "FUMA_RABBITMQ_MANAGEMENT_URL": environment.servers.management,
    }
    finished = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "shared.messaging", "dead", "list"],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **variables},
    )
    assert (finished.returncode, finished.stdout) == (0, "没有死信 / no dead letters\n"), finished.stderr


async def order(environment: Environment) -> list[str]:
    """The ids of the dead letters in queue order."""
    return [letter.id for letter in await dead_letters.read(environment.admin_amqp, QUEUE, at_most=100)]


async def test_an_operator_lists_shows_and_replays_once_the_cause_is_mended(environment: Environment) -> None:
    events, switch = [approved() for _ in range(4)], Switch()
    async with serving(environment, switch.subscriptions, retry_delays_seconds="0.05"):
        await environment.publish(*events)
        ids = [letter.id for letter in await dead(environment, QUEUE, 4)]
        status, output = await command(environment, "list")
        assert (status, output.split()) == (0, ["4", QUEUE])

        status, output = await command(environment, "show", "--queue", QUEUE, "--id", ids[2])
        assert status == 0
        for part in (ids[2], "broken <这里>", "Traceback", "registry.provider.approved.v1", "attempts       2"):
            assert part in output
        assert ids[0] not in output

        switch.repaired = True
        status, output = await command(environment, "replay", "--queue", dead_queue(QUEUE), "--id", ids[2])
        assert (status, "1" in output) == (0, True)
        await until_done(environment, 1)
        assert await order(environment) == [ids[0], ids[1], ids[3]]
        status, _ = await command(environment, "replay", "--queue", QUEUE)
        assert status == 0
        handled = await until_done(environment, 4)
        status, output = await command(environment, "list")
        assert output.startswith("没有死信")
    assert sorted(handled) == sorted(event.subject_id for event in events)


async def test_looking_again_and_again_neither_reorders_nor_loses(environment: Environment) -> None:
    async with serving(environment, Switch().subscriptions):
        pass
    for number in range(30):
        await put(environment, dead_queue(QUEUE), f"message {number}".encode())
    first = await order(environment)
    assert len(set(first)) == 30
    # More often than a broker's usual limit of deliveries.
    for at_most in (1, 7, 29, 30, *[100] * 22):
        looked = await dead_letters.read(environment.admin_amqp, QUEUE, at_most=at_most)
        assert [letter.id for letter in looked] == first[:at_most]
    assert await ready_messages(environment, dead_queue(QUEUE)) == 30


async def test_a_replayed_message_has_all_its_attempts_again(environment: Environment) -> None:
    switch = Switch()
    async with serving(environment, switch.subscriptions, retry_delays_seconds="0.05,0.05"):
        await environment.publish(approved())
        [before] = await dead(environment, QUEUE)
        assert await dead_letters.replay(environment.admin_amqp, QUEUE) == 1
        [after] = await dead(environment, QUEUE)
    assert after.id == before.id
    assert after.headers == before.headers
    assert after.message.headers[ATTEMPT] == before.message.headers[ATTEMPT] == 3
    assert {ATTEMPT, ERROR, TRACE}.isdisjoint(after.headers)


async def test_an_unroutable_replay_stays_dead_lettered(environment: Environment) -> None:
    async with serving(environment, Switch().subscriptions):
        pass
    connection = await aio_pika.connect(environment.admin_amqp)
    async with connection:
        await (await connection.channel()).queue_delete(QUEUE)
    await put(environment, dead_queue(QUEUE), b"one")
    status, output = await command(environment, "replay", "--queue", QUEUE)
    assert (status, "NO_ROUTE" in output) == (1, True)
    assert len(await order(environment)) == 1


async def test_dropping_requires_a_selection(environment: Environment) -> None:
    async with serving(environment, Switch().subscriptions):
        pass
    for number in range(3):
        await put(environment, dead_queue(QUEUE), f"message {number}".encode())
    ids = await order(environment)
    with pytest.raises(SystemExit):
        main(["drop", "--queue", QUEUE])
    assert await dead_letters.drop(environment.admin_amqp, QUEUE, [ids[1]]) == 1
    assert await order(environment) == [ids[0], ids[2]]
    status, _ = await command(environment, "drop", "--queue", QUEUE, "--id", "unknown")
    assert status == 1
    status, _ = await command(environment, "drop", "--queue", QUEUE, "--all")
    assert (status, await order(environment)) == (0, [])


async def test_without_a_broker_the_command_fails_with_a_message(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("FUMA_RABBITMQ_URL", raising=False)
    assert main(["list"]) == 2
    monkeypatch.setenv("FUMA_RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:9/")
    assert await asyncio.to_thread(main, ["show", "--queue", QUEUE]) == 1
    assert "FUMA_RABBITMQ_URL" in capsys.readouterr().err
