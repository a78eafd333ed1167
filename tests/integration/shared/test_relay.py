"""The relay: recorded events are published, in order for each subject, by one relay at a time."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from aio_pika.abc import AbstractIncomingMessage

from shared.clock import utc_now
from shared.contracts.event import Event
from shared.ids import new_id
from shared.messaging import relay as module
from shared.messaging.outbox import EventRow
from shared.messaging.publisher import BrokerUnavailable, Publisher
from shared.messaging.relay import Relay
from shared.messaging.topology import Topology
from shared.postgres.commit_records import commit_records
from shared.postgres.pool import connected
from shared.postgres.transaction import Cause, UnitOfWork
from tests.environment import Environment, row_of, until
from tests.integration.shared.fakes import NAME, assigned, built, receiving, working
from tests.integration.shared.tcp_proxy import Line

_LEADERS = """
SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted
AND objid = (hashtext('outbox coding')::bigint & 4294967295)::oid
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


@asynccontextmanager
async def relaying(environment: Environment, url: str | None = None) -> AsyncIterator[UnitOfWork]:
    """A replica: its transactions and its relay."""
    async with connected(environment.dsn(NAME), NAME, 10) as pool:
        work = UnitOfWork(pool)
        relay = Relay(NAME, environment.dsn(NAME), url or environment.amqp(NAME), Topology())
        relay.pool = pool
        work.committed = relay.wake
        running = asyncio.create_task(relay.run())
        try:
            yield work
        finally:
            running.cancel()
            await asyncio.wait({running})


async def leaders(environment: Environment) -> list[int]:
    """The sessions that hold the relay's lock."""
    async with environment.postgres(NAME) as connection:
        return [row["pid"] for row in await connection.fetch(_LEADERS)]


async def waiting(environment: Environment) -> int:
    """The number of events in the outbox."""
    async with environment.postgres(NAME) as connection:
        count: int = await connection.fetchval("SELECT count(*) FROM outbox")
        return count


async def until_led(environment: Environment) -> int:
    """Waits for a leader and returns its session."""
    [pid] = await until(lambda: leaders(environment), what="a leader")
    return int(pid)


async def until_empty(environment: Environment) -> None:
    """Waits until everything is published."""

    async def empty() -> bool:
        return await waiting(environment) == 0

    await until(empty, what="an empty outbox")


async def until_received(received: Sequence[AbstractIncomingMessage], count: int) -> None:
    """Waits for this number of messages."""

    async def enough() -> bool:
        return len(received) >= count

    await until(enough, what=f"{count} messages")


def outbox_row(event: Event) -> EventRow:
    """An event as a transaction records it."""
    row = row_of(event)
    return EventRow(**{name: row[name] for name in row if name != "happened_at"}, body=event.model_dump_json())


async def recorded(work: UnitOfWork, *events: Event) -> None:
    """Events of one transaction."""
    async with work.begin(Cause.itself()) as tx:
        for event in events:
            tx.record(event)


async def writer(work: UnitOfWork, subject_id: UUID, versions: int) -> None:
    """Changes one subject repeatedly."""
    for version in range(versions):
        await recorded(work, assigned(subject_id, version=version))


def first_order(received: Sequence[AbstractIncomingMessage]) -> dict[str, list[int]]:
    """The versions of each subject in the order of their first delivery."""
    versions: dict[str, dict[int, None]] = defaultdict(dict)
    for message in received:
        subject = str(message.headers["cloudEvents:subject"])
        versions[subject].setdefault(int(str(message.headers["cloudEvents:subjectversion"])))
    return {subject: list(kept) for subject, kept in versions.items()}


async def test_the_events_of_a_subject_keep_their_order_and_confirmed_ones_are_deleted(
    environment: Environment,
) -> None:
    await built(environment)
    subjects = [new_id() for _ in range(20)]
    async with (
        receiving(environment, "coding.#") as received,
        relaying(environment) as one,
        relaying(environment) as other,
    ):
        await asyncio.gather(*(writer((one, other)[n % 2], subject, 25) for n, subject in enumerate(subjects)))
        await until_empty(environment)

        async def all_received() -> bool:
            return len(received) >= 500

        await until(all_received, what="every event")
    assert first_order(received) == {str(subject): list(range(25)) for subject in subjects}
    assert len(received) == 500, "nothing comes twice where nothing fails"


async def test_a_later_event_does_not_overtake_an_older_one_that_commits_while_the_relay_reads_ahead(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The older event has the lower position, and its transaction is still open when that position is passed."""
    await built(environment)
    monkeypatch.setattr(module, "BATCH", 2)
    subject, fetch, reads = new_id(), asyncpg.Connection.fetch, 0
    async with (
        receiving(environment, "coding.#") as received,
        working(environment) as work,
        work.pool.acquire() as connection,
    ):
        older = connection.transaction()
        await older.start()
        await commit_records(connection, utc_now(), events=[outbox_row(assigned(subject, version=1))])
        await recorded(work, assigned(), assigned())

        async def reading(self: asyncpg.Connection, query: str, *arguments: Any, **more: Any) -> Any:
            nonlocal reads
            reads += "FROM outbox" in query
            if reads == 2:
                reads += 1
                await older.commit()
                await recorded(work, assigned(subject, version=2))
            return await fetch(self, query, *arguments, **more)

        monkeypatch.setattr(asyncpg.Connection, "fetch", reading)
        async with relaying(environment):
            await until_received(received, 4)
    assert first_order(received)[str(subject)] == [1, 2]


async def test_the_order_survives_broken_connections(environment: Environment) -> None:
    await built(environment)
    subjects = [new_id() for _ in range(10)]
    async with (
        receiving(environment, "coding.#") as received,
        Line(environment.amqp(NAME)).laid() as line,
        relaying(environment, line.url) as work,
    ):
        writing = asyncio.gather(*(writer(work, subject, 40) for subject in subjects))
        for count in (40, 100, 160):

            async def some(count: int = count) -> bool:
                return len(received) >= count

            await until(some, what=f"{count} events")
            line.cut()
        await writing
        await until_empty(environment)

        async def all_received() -> bool:
            return sum(map(len, first_order(received).values())) == 400

        await until(all_received, what="every event")
    assert first_order(received) == {str(subject): list(range(40)) for subject in subjects}


async def test_an_unconfirmed_event_stays_and_delays_its_subject_only(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    await built(environment)
    stuck, free = new_id(), new_id()
    publish, refusing = Publisher.publish, asyncio.Event()
    refusing.set()

    async def refused(self: Publisher, *arguments: Any, **more: Any) -> None:
        headers = more["headers"]
        if refusing.is_set() and (headers["cloudEvents:subject"], headers["cloudEvents:subjectversion"]) == (
            str(stuck),
            "1",
        ):
            raise LookupError("nobody foresaw this")
        await publish(self, *arguments, **more)

    monkeypatch.setattr(Publisher, "publish", refused)
    async with receiving(environment, "coding.#") as received, working(environment) as before:
        await recorded(before, *(assigned(stuck, version=n) for n in range(3)), assigned(free))
        async with relaying(environment) as work:

            async def two() -> bool:
                return await waiting(environment) == 2

            await until(two, what="the two that are held back")
            assert str(stuck) not in first_order(received) or first_order(received)[str(stuck)] == [0]
            later = new_id()
            await recorded(work, assigned(later))
            await until(two, what="the later one passing them")
            refusing.clear()
            await until_empty(environment)

            async def all_received() -> bool:
                return first_order(received) == {str(stuck): [0, 1, 2], str(free): [1], str(later): [1]}

            await until(all_received, what="every event in order")


async def test_one_of_three_leads_and_another_takes_over_when_its_session_dies(environment: Environment) -> None:
    await built(environment)
    async with (
        receiving(environment, "coding.#") as received,
        relaying(environment) as one,
        relaying(environment),
        relaying(environment),
    ):
        for round_ in range(2):
            leader = await until_led(environment)
            async with environment.postgres(NAME) as connection:
                await connection.execute("SELECT pg_terminate_backend($1)", leader)
            began = time.monotonic()
            await recorded(one, assigned())

            async def published(count: int = round_ + 1) -> bool:
                return len(received) == count

            await until(published, what="the event, by another leader")
            assert time.monotonic() - began < 2
            assert await until_led(environment) != leader


async def test_a_relay_resets_its_pause_after_a_success(
    environment: Environment,
) -> None:
    await built(environment)
    async with receiving(environment, "coding.#") as received, relaying(environment) as work:
        for round_ in range(6):
            leader = await until_led(environment)
            await recorded(work, assigned())
            await until_received(received, 2 * round_ + 1)
            async with environment.postgres(NAME) as connection:
                await connection.execute("SELECT pg_terminate_backend($1, 5000)", leader)
            began = time.monotonic()
            await recorded(work, assigned())
            await until_received(received, 2 * round_ + 2)
        assert time.monotonic() - began < 2


async def test_events_of_a_replica_that_does_not_lead_are_published_at_once(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "POLL_SECONDS", 30)
    await built(environment)
    async with receiving(environment, "coding.#") as received, relaying(environment) as leading:
        await until_led(environment)
        await recorded(leading, assigned())
        async with relaying(environment) as following:
            delays = []
            for count in range(2, 12):
                began = time.monotonic()
                await recorded(following, assigned())

                async def published(count: int = count) -> bool:
                    return len(received) >= count

                await until(published, seconds=5, what="the event")
                delays.append(time.monotonic() - began)
    assert sorted(delays)[len(delays) // 2] < 0.1


async def test_the_relay_survives_a_broker_outage_and_an_unexpected_error(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    await built(environment)
    failures = iter([BrokerUnavailable("away"), RuntimeError("unforeseen"), asyncpg.InterfaceError("gone")])
    drain = Relay._drain

    async def failing(self: Relay, *arguments: Any) -> Any:
        for failure in failures:
            raise failure
        return await drain(self, *arguments)

    monkeypatch.setattr(Relay, "_drain", failing)
    monkeypatch.setattr(module, "_LONGEST_PAUSE", 0.1)
    async with relaying(environment) as work:
        await recorded(work, assigned())
        await until_empty(environment)
