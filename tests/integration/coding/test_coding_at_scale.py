"""Codes with several replicas, at the end of a prefecture's serials, and for late approvals."""

import asyncio
from collections import defaultdict
from typing import Any

import aio_pika
import asyncpg

from deploy.laptop.stack.ports import free_port
from services.coding.composition import SERVICE
from services.coding.formats import Format
from shared.contracts.coding.events import CodeAssigned
from shared.ids import new_id
from shared.messaging.topology import dead_queue
from shared.postgres.migrate import migrate
from tests.approvals import agreed, approved
from tests.environment import Environment, until

COUNTIES = ("430302", "430304", "430399", "430202", "320102")
APPROVALS = 2000


async def test_three_replicas_assign_two_thousand_codes_without_a_gap(
    environment: Environment,
) -> None:
    events = [approved(number, COUNTIES[number % len(COUNTIES)]) for number in range(APPROVALS)]
    unrelated = [agreed(new_id()) for _ in range(50)]
    async with (
        environment.listening("coding.#") as received,
        environment.running("coding"),
        environment.running("coding", http_port=free_port()),
        environment.running("coding", http_port=free_port()),
        environment.postgres("coding") as rows,
    ):
        messages = [*unrelated[:25], *events, *unrelated[25:], *events[:100]]
        await asyncio.gather(*(environment.publish(*messages[start::8]) for start in range(8)))

        async def all_handled() -> bool:
            handled: int = await rows.fetchval("SELECT count(*) FROM inbox")
            waiting: int = await rows.fetchval("SELECT count(*) FROM outbox")
            return (handled, waiting) == (len(messages), 0) and len(received) >= APPROVALS

        await until(all_handled, seconds=60, what="two thousand codes")
        assert len(received) == APPROVALS
        counters = await rows.fetch("SELECT prefecture, last FROM counter")
    assert {kind for kind, _ in received} == {CodeAssigned.type}
    assert {data["subject_id"] for _, data in received} == {str(event.subject_id) for event in events}
    assert len({data["code"] for _, data in received}) == APPROVALS
    assert {row["prefecture"]: row["last"] for row in counters} == {"4303": 1200, "4302": 400, "3201": 400}
    assert _serials([data["code"] for _, data in received]) == {
        row["prefecture"]: list(range(1, row["last"] + 1)) for row in counters
    }


def _serials(codes: list[str]) -> dict[str, list[int]]:
    serials: dict[str, list[int]] = defaultdict(list)
    for code in codes:
        serials[code[1:5]].append(int(code[7:]))
    return {place: sorted(numbers) for place, numbers in serials.items()}


async def test_after_the_last_serial_approvals_are_dead_lettered_with_the_reason(
    environment: Environment,
) -> None:
    capacity = Format("institution", "H", 5).capacity
    await migrate(environment.dsn("coding", owner=True), "coding", SERVICE.migrations)
    async with environment.postgres("coding") as rows:
        await rows.execute("INSERT INTO counter VALUES ('H', '4303', $1)", capacity - 1)
        async with environment.listening("coding.#") as received, environment.running("coding"):
            await environment.publish(approved(1, "430302"))

            async def coded() -> bool:
                return len(received) == 1

            await until(coded, what="the last code")
            beyond, elsewhere = approved(2, "430304"), approved(3, "430202")
            await environment.publish(beyond, elsewhere)
            dead = await until(lambda: _dead(environment, "coding.providers-approved"), what="the dead letter")

            async def elsewhere_coded() -> bool:
                return len(received) == 2

            await until(elsewhere_coded, what="the code of another prefecture")
        assert [data["code"] for _, data in received] == ["H43030299999", "H43020200001"]
        assert str(dead.headers["fuma-error"]).startswith("SerialsExhausted: serials-exhausted")
        assert str(beyond.subject_id).encode() in dead.body
        assert await rows.fetchval("SELECT last FROM counter WHERE prefecture = '4303'") == capacity
        assert await rows.fetchval("SELECT count(*) FROM holder WHERE code IS NULL") == 0


async def _dead(environment: Environment, queue: str) -> Any:
    connection = await aio_pika.connect(environment.admin_amqp)
    async with connection:
        channel = await connection.channel()
        letters = await channel.get_queue(dead_queue(queue))
        return await letters.get(fail=False)


async def test_a_re_review_keeps_the_code_and_an_older_approval_changes_nothing(environment: Environment) -> None:
    first = approved(1, "430302", version=4)
    older = first.model_copy(update={"subject_version": 2, "name": "旧名称医院"})
    renamed = first.model_copy(update={"subject_version": 7, "name": "新名称医院"})
    async with (
        environment.listening("coding.#") as received,
        environment.running("coding"),
        environment.postgres("coding") as rows,
    ):
        handled = 0
        for events in ([first, older], [renamed], [older, first]):
            await environment.publish(*events)
            handled += len(events)
            await _handled(rows, handled)
        [kept] = await rows.fetch("SELECT version, name, code FROM holder")
        assert (kept["version"], kept["name"], kept["code"]) == (7, "新名称医院", "H43030200001")
        assert await rows.fetchval("SELECT count(code) FROM holder") == 1
    assert {data["code"] for _, data in received} == {"H43030200001"}


async def _handled(rows: asyncpg.Connection, number: int) -> None:
    async def look() -> bool:
        handled: int = await rows.fetchval("SELECT count(*) FROM inbox")
        return handled == number

    await until(look, what=f"{number} messages handled")
