"""Events: approvals in to codes out, and the outbox drained, beside bare aio-pika on the same broker."""

import asyncio
import itertools
import signal
import statistics
import subprocess
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import Any

import aio_pika
import asyncpg
from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from deploy.laptop.bench.environment import BenchEnvironment
from deploy.laptop.bench.figures import Figure
from shared.clock import utc_now
from shared.contracts.registry.events import ProviderApproved
from shared.ids import new_id
from shared.messaging import outbox
from shared.messaging.envelope import headers_of
from shared.messaging.outbox import Cursor
from shared.messaging.relay import BATCH
from shared.messaging.topology import EVENTS, FEED, routing_key
from shared.postgres.pool import single_connection

# A channel of aio-pika lets one message at a time onto the wire; four were seen to reach the most.
CHANNELS = 4
READINGS = 20
# The number of an institution that no other measurement approves.
UNTAKEN = 10**9
OUTBOX_READ = "outbox read, 500 events, an open snapshot keeping all before"
_QUORUM: dict[str, Any] = {"x-queue-type": "quorum"}
_RECORD = """
INSERT INTO outbox (event_id, type, subject_id, subject_version, region,
                    correlation_id, causation_id, traceparent, happened_at, body)
SELECT gen_random_uuid(), $1, gen_random_uuid(), 1, '430302', 'bench', '', '', now(), $2
FROM generate_series(1, $3)
"""


def approval(number: int) -> ProviderApproved:
    """The approval of one of many institutions, over ten prefectures."""
    return ProviderApproved(
        subject_id=new_id(),
        subject_version=1,
        region=f"43{number % 10:02d}02",
        name=f"基准测试第{number}医院",
        legal_name=f"基准测试第{number}医院",
        uscc=None,
        licence_number=f"{number:022d}",
        kind="institution",
        provider_type="A100",
        approved_at=utc_now(),
    )


def messages(count: int, beyond: int = 0) -> Iterator[tuple[Message, str]]:
    """Approvals as they go over the wire, with their routing keys, of institutions beyond a number."""
    for number in range(beyond, beyond + count):
        event = approval(number)
        yield message_of(event), routing_key(event.type, event.region)


def message_of(event: ProviderApproved) -> Message:
    """An event as its service's relay would publish it."""
    row = {
        "event_id": new_id(),
        "type": event.type,
        "subject_id": event.subject_id,
        "subject_version": event.subject_version,
        "region": event.region,
        "correlation_id": "bench",
        "causation_id": "",
        "traceparent": "",
        "happened_at": utc_now(),
    }
    return Message(
        event.model_dump_json().encode(),
        headers={**headers_of(row)},
        content_type="application/json",
        delivery_mode=DeliveryMode.PERSISTENT,
        message_id=str(row["event_id"]),
    )


@asynccontextmanager
async def channel_on(url: str) -> AsyncIterator[AbstractChannel]:
    """A confirming channel on a connection of its own."""
    connection = await aio_pika.connect(url)
    async with connection:
        yield await connection.channel(publisher_confirms=True)


async def published(url: str, exchange: str, waiting: list[tuple[Message, str]]) -> float:
    """Publishes all, confirmed, as fast as the bare library does; messages per second."""
    connection = await aio_pika.connect(url)
    async with connection:
        channels = [await connection.channel(publisher_confirms=True) for _ in range(CHANNELS)]
        targets = itertools.cycle([await one.get_exchange(exchange, ensure=False) for one in channels])
        began = time.perf_counter()
        for start in range(0, len(waiting), BATCH):
            batch = waiting[start : start + BATCH]
            await asyncio.gather(*(next(targets).publish(*one) for one in batch))
        return len(waiting) / (time.perf_counter() - began)


async def bare_publish_and_consume(url: str, count: int) -> tuple[float, float]:
    """Confirmed publishes, then acknowledged consumption, of one quorum queue; messages per second each."""
    async with channel_on(url) as channel:
        queue = await channel.declare_queue("bench.bare", durable=True, arguments=_QUORUM)
        exchange = await channel.declare_exchange("bench.bare", "fanout", durable=True)
        await queue.bind(exchange)
        publish = await published(url, "bench.bare", list(messages(count)))
        await channel.set_qos(prefetch_count=512)
        done = asyncio.Event()
        left = count

        async def take(message: AbstractIncomingMessage) -> None:
            nonlocal left
            await message.ack()
            left -= 1
            if left == 0:
                done.set()

        began = time.perf_counter()
        tag = await queue.consume(take)
        await done.wait()
        consume = count / (time.perf_counter() - began)
        await queue.cancel(tag)
        await queue.delete(if_unused=False, if_empty=False)
        await exchange.delete()
    return publish, consume


async def codes_per_second(bench_environment: BenchEnvironment, count: int, *, replicas: int) -> float:
    """Approvals that wait in coding's queue, until the last code is confirmed by the broker.

    The replicas run, are halted while the approvals are put before them, and go on together: neither their start
    nor a head start counts. The codes are counted in the queue of the feed, where every public event goes.
    """
    async with channel_on(bench_environment.rabbitmq_url) as channel, AsyncExitStack() as running:
        earlier = await _codes(bench_environment)
        waiting = list(messages(count, beyond=earlier))
        processes = [
            await running.enter_async_context(bench_environment.process("coding", one)) for one in range(replicas)
        ]
        with halted(processes):
            await published(bench_environment.rabbitmq_url, EVENTS, waiting)
            queued, began = await _reached(channel, FEED, count)
        _, ended = await _reached(channel, FEED, queued + count)
        coded = await _codes(bench_environment) - earlier
    if coded != count:
        raise AssertionError(f"{count} approvals gave {coded} codes")
    return count / (ended - began)


@contextmanager
def halted(processes: Sequence[subprocess.Popen[bytes]]) -> Iterator[None]:
    """Processes that stand still for a while."""
    for process in processes:
        process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            process.send_signal(signal.SIGCONT)


async def _reached(channel: AbstractChannel, queue: str, wanted: int) -> tuple[int, float]:
    """When a queue held so many messages, and how many it then held."""
    async with asyncio.timeout(300):
        while True:
            # A quorum queue tells its count with a delay; a passive declare asks its leader.
            found = (await channel.declare_queue(queue, passive=True)).declaration_result.message_count or 0
            if found >= wanted:
                return found, time.perf_counter()
            await asyncio.sleep(0.02)


async def _codes(bench_environment: BenchEnvironment) -> int:
    async with bench_environment.postgres("coding") as connection:
        count: int = await connection.fetchval("SELECT count(code) FROM holder")
        return count


async def drained_per_second(bench_environment: BenchEnvironment, count: int) -> float:
    """Events that lie in an outbox, until the relay has had all of them confirmed."""
    event = approval(UNTAKEN)
    async with bench_environment.postgres("coding") as connection, bench_environment.process("coding"):
        await connection.execute(_RECORD, event.type, event.model_dump_json(), 1)
        await _empty(connection)
        began = time.perf_counter()
        await connection.execute(_RECORD, "bench.outbox.drained.v1", event.model_dump_json(), count)
        recorded = time.perf_counter()
        await connection.execute("NOTIFY coding_outbox")
        await _empty(connection)
        ended = time.perf_counter()
    return count / (ended - max(began, recorded))


async def _empty(connection: asyncpg.Connection) -> None:
    async with asyncio.timeout(300):
        while await connection.fetchval("SELECT EXISTS (SELECT FROM outbox)"):
            await asyncio.sleep(0.01)


async def read_milliseconds(bench_environment: BenchEnvironment, published: int) -> tuple[float, float]:
    """Reading a batch of the outbox: when it is new, and after many events that an open snapshot keeps."""
    relay = await single_connection(bench_environment.dsn, "coding", outbox.session_settings(600))
    async with bench_environment.postgres("coding") as writer, bench_environment.postgres("coding") as report:
        try:
            cursor = await _passed(relay, writer, Cursor())
            fresh = await _reading_time(relay, writer, cursor)
            await report.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM outbox")
            for _ in range(0, published, BATCH):
                cursor = await _passed(relay, writer, cursor)
            return fresh, await _reading_time(relay, writer, cursor)
        finally:
            await relay.close()


async def _passed(relay: asyncpg.Connection, writer: asyncpg.Connection, cursor: Cursor) -> Cursor:
    """The cursor behind one more batch that was recorded, read and deleted."""
    await writer.execute(_RECORD, "bench.outbox.read.v1", "{}", BATCH)
    rows = await outbox.waiting(relay, cursor, BATCH)
    await outbox.delete(relay, [row["position"] for row in rows])
    return cursor.after(rows, BATCH)


async def _reading_time(relay: asyncpg.Connection, writer: asyncpg.Connection, cursor: Cursor) -> float:
    await writer.execute(_RECORD, "bench.outbox.read.v1", "{}", BATCH)
    samples = []
    for _ in range(READINGS):
        began = time.perf_counter()
        rows = await outbox.waiting(relay, cursor, BATCH)
        samples.append((time.perf_counter() - began) * 1000)
    await outbox.delete(relay, [row["position"] for row in rows])
    return statistics.median(samples)


async def figures(bench_environment: BenchEnvironment, count: int) -> list[Figure]:
    """The figures and their ceilings."""
    publish, consume = await bare_publish_and_consume(bench_environment.rabbitmq_url, count)
    ceiling = min(publish, consume)
    alone = await codes_per_second(bench_environment, count, replicas=1)
    together = await codes_per_second(bench_environment, count, replicas=2)
    drained = await drained_per_second(bench_environment, count)
    fresh, under_snapshot = await read_milliseconds(bench_environment, 10 * count)
    return [
        Figure("bare confirmed publish, quorum queue", publish, "events/s"),
        Figure("bare consume, quorum queue", consume, "events/s"),
        Figure("approvals in, codes out, one replica", alone, "events/s", ceiling, 0.35),
        Figure("approvals in, codes out, two replicas", together, "events/s", ceiling, 0.35),
        Figure("outbox drained", drained, "events/s", publish, 0.7),
        Figure("outbox read, 500 events", fresh, "ms"),
        Figure(OUTBOX_READ, under_snapshot, "ms", fresh, 1.5, smaller_is_better=True),
    ]
