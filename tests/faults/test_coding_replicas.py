"""Several coding replicas, two of them killed: one code for each approval, and no gap in the serials."""

import asyncio
import signal
from typing import Any

import asyncpg
import pytest

from shared.contracts.coding.events import CodeAssigned
from shared.ids import new_id
from tests.approvals import agreed, approved
from tests.environment import Environment, until
from tests.faults.coding_replicas import coding_replicas

APPROVALS = 2000
COUNTIES = ("430302", "430304", "430399")
UNRELATED = 50
_AT_WORK = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'fuma_coding' AND wait_event_type = 'Lock'"


@pytest.mark.requirement("COD-1", "COD-3")
async def test_two_of_three_replicas_are_killed_and_no_serial_is_skipped(environment: Environment) -> None:
    """A crash leaves no gap: one transaction assigns the serial and writes the code and its event, so a rollback
    releases the serial for the next assignment.
    """
    events = [approved(number, COUNTIES[number % len(COUNTIES)]) for number in range(APPROVALS)]
    messages = [*events[:1000], *(agreed(new_id()) for _ in range(UNRELATED)), *events[1000:]]
    async with (
        environment.listening("coding.#") as received,
        coding_replicas(environment, 3) as replicas,
        environment.postgres("coding") as rows,
    ):
        await environment.publish(*messages[:400])
        await until(lambda: _codes(rows), what="the first codes")
        async with (
            asyncpg.create_pool(environment.admin_dsn, min_size=1, max_size=1) as pool,
            pool.acquire() as holding,
        ):
            # All three are caught with their transactions open, messages unacknowledged, before two are killed.
            await holding.execute("BEGIN; LOCK TABLE coding.outbox IN SHARE MODE")
            await asyncio.gather(*(environment.publish(*messages[start::4]) for start in range(400, 404)))
            await until(lambda: _at_work(rows, 3), what="three coders at work")
            for replica in replicas[:2]:
                replica.end(signal.SIGKILL)
            assert await _codes(rows) < APPROVALS
            await holding.execute("ROLLBACK")
        await until(lambda: _all_handled(rows, received, len(messages)), seconds=60, what="all codes")
        counters = await rows.fetch("SELECT prefecture, last FROM counter")
        kept = await rows.fetch("SELECT code, subject_id FROM holder WHERE code IS NOT NULL")
    assert {row["subject_id"] for row in kept} == {event.subject_id for event in events}
    assert [(row["prefecture"], row["last"]) for row in counters] == [("4303", APPROVALS)]
    assert sorted(int(row["code"][7:]) for row in kept) == list(range(1, APPROVALS + 1))
    assert {kind for kind, _ in received} == {CodeAssigned.type}
    assert {(data["code"], data["subject_id"]) for _, data in received} == {
        (row["code"], str(row["subject_id"])) for row in kept
    }


async def _codes(rows: asyncpg.Connection) -> int:
    count: int = await rows.fetchval("SELECT count(code) FROM holder")
    return count


async def _at_work(rows: asyncpg.Connection, number: int) -> bool:
    waiting: int = await rows.fetchval(_AT_WORK)
    return waiting >= number


async def _all_handled(rows: asyncpg.Connection, received: list[tuple[str, dict[str, Any]]], number: int) -> bool:
    """Whether every message is in the inbox, the outbox is empty, and every code was received.

    Events that were published but not deleted from the outbox at the kill are published again, so there may be
    more events than codes.
    """
    handled: int = await rows.fetchval("SELECT count(*) FROM inbox")
    waiting: int = await rows.fetchval("SELECT count(*) FROM outbox")
    return (handled, waiting) == (number, 0) and len({data["code"] for _, data in received}) >= APPROVALS
