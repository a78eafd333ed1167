"""The relay: publishes a service's recorded events, in order for each subject, and deletes them when confirmed.

One relay of a service is active at a time: the one whose session holds an advisory lock. It reads and deletes on
that session, so that a relay without leadership can delete nothing. Another relay takes over when the session
ends; Postgres ends the session if it is unused for a lease.
"""

import asyncio
import contextlib
import random
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from shared.messaging import outbox
from shared.messaging.envelope import headers_of
from shared.messaging.outbox import Cursor
from shared.messaging.publisher import CONFIRM_SECONDS, BrokerUnavailable, Publisher, publishing
from shared.messaging.topology import EVENTS, Topology, routing_key
from shared.observability.metrics import OUTBOX_LAG, RELAYED
from shared.postgres.pool import Connection, single_connection

log = structlog.get_logger()

BATCH = 500
POLL_SECONDS = 1.0
TAKE_OVER_SECONDS = 0.5
# Under load events are gathered for a moment: one round trip for several costs as much as one for each.
ROUND_SECONDS = 0.005
# A holder that is silent for a lease loses the leadership; it sends one query each heartbeat.
LEASE_SECONDS = 5
HEARTBEAT_SECONDS = 1.0
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0
_FAILURES = (
    BrokerUnavailable,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)


class Relay:
    """Publishes a service's outbox."""

    def __init__(self, service: str, dsn: str, url: str, topology: Topology) -> None:
        self._service = service
        self._dsn = dsn
        self._url = url
        self._topology = topology
        self._due = asyncio.Event()
        self._leading = False
        self._notify_due = False
        self._pause = _SHORTEST_PAUSE
        self._wakers: set[asyncio.Task[None]] = set()
        self.pool: asyncpg.Pool | None = None

    def wake(self) -> None:
        """Publishes newly committed events at once, or notifies the relay that leads in another replica."""
        self._due.set()
        self._notify_due = True
        if not self._leading and self.pool is not None and not self._wakers:
            task = asyncio.create_task(self._notify_leader(self.pool))
            self._wakers.add(task)
            task.add_done_callback(self._wakers.discard)

    async def _notify_leader(self, pool: asyncpg.Pool) -> None:
        """Notifies outside the business transaction, since NOTIFY inside it serialises all commits."""
        while self._notify_due:
            self._notify_due = False
            with contextlib.suppress(*_FAILURES):
                await pool.execute(f"NOTIFY {self._channel}")

    @property
    def _channel(self) -> str:
        return f"{self._service}_outbox"

    async def run(self) -> None:
        """Leads whenever it can; after a failure it starts again with new connections after a pause."""
        while True:
            try:
                await self._lead()
            except _FAILURES as error:
                log.warning("relay_interrupted", reason=str(error), service=self._service)
            except Exception:
                # Otherwise a relay that has ended would be noticed only after events had been missing for a while.
                log.exception("relay_failed", service=self._service)
            finally:
                self._leading = False
            await asyncio.sleep(self._pause * random.uniform(0.5, 1.0))  # noqa: S311 - spreads retries, no secret
            self._pause = min(self._pause * 2, _LONGEST_PAUSE)

    async def _lead(self) -> None:
        """Connects to both servers before it competes, so that the winner can publish."""
        async with publishing(self._url, f"{self._service} relay", self._topology) as publisher:
            settings = outbox.session_settings(LEASE_SECONDS)
            connection = await single_connection(self._dsn, self._service, settings)
            try:
                while publisher.is_open and not await outbox.lead(connection, self._service):
                    await asyncio.sleep(TAKE_OVER_SECONDS)
                await connection.add_listener(self._channel, lambda *_: self._due.set())
                await self._publish_all(connection, publisher)
            finally:
                connection.terminate()
        raise BrokerUnavailable("the connection was closed")

    async def _publish_all(self, connection: Connection, publisher: Publisher) -> None:
        """Publishes recorded events until a connection breaks."""
        self._leading = True
        log.info("relay_leads", service=self._service)
        cursor = Cursor()
        while publisher.is_open:
            cursor = await self._drain(connection, publisher, cursor)
            self._pause = _SHORTEST_PAUSE
            await self._wait()

    async def _wait(self) -> None:
        next_round = asyncio.get_running_loop().time() + ROUND_SECONDS
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(POLL_SECONDS):
                await self._due.wait()
        await asyncio.sleep(max(0.0, next_round - asyncio.get_running_loop().time()))

    async def _drain(self, connection: Connection, publisher: Publisher, cursor: Cursor) -> Cursor:
        """Publishes all waiting events; while a batch is published, it reads the next and deletes the last."""
        self._due.clear()
        rows = await outbox.waiting(connection, cursor, BATCH)
        sending = self._in_order(publisher, rows)
        try:
            while rows:
                OUTBOX_LAG.labels(self._service).set_to_current_time()
                cursor = cursor.after(rows, BATCH)
                ahead = await outbox.waiting(connection, cursor, BATCH) if len(rows) == BATCH else []
                confirmed = await self._confirmed(connection, sending)
                missing = len(rows) - len(confirmed)
                # What follows may be of the same subjects: it goes out only after all of this batch.
                sending = [] if missing else self._in_order(publisher, ahead)
                await outbox.delete(connection, confirmed)
                RELAYED.labels(self._service).inc(len(confirmed))
                if missing:
                    raise BrokerUnavailable(f"{missing} of {len(rows)} were not confirmed")
                rows = ahead
        finally:
            for task in sending:
                task.cancel()
        return cursor

    async def _confirmed(self, connection: Connection, sending: Sequence["asyncio.Task[int | None]"]) -> list[int]:
        """Returns the positions that the broker has confirmed in time; keeps the session alive meanwhile."""
        pending, end = set(sending), asyncio.get_running_loop().time() + CONFIRM_SECONDS
        while pending:
            _, pending = await asyncio.wait(pending, timeout=HEARTBEAT_SECONDS)
            if pending:
                await connection.execute("SELECT")
            if asyncio.get_running_loop().time() > end:
                break
        for task in pending:
            task.cancel()
        done = (task.result() for task in sending if task not in pending)
        return [position for position in done if position is not None]

    def _in_order(self, publisher: Publisher, rows: Sequence[Any]) -> list["asyncio.Task[int | None]"]:
        """Creates one task per row; a row waits for the previous row of its subject and stops with it."""
        last: dict[UUID, asyncio.Task[int | None]] = {}
        tasks = []
        for row in rows:
            before = last.get(row["subject_id"])
            task = asyncio.create_task(self._publish(publisher, row, before))
            last[row["subject_id"]] = task
            tasks.append(task)
        return tasks

    async def _publish(
        self, publisher: Publisher, row: Any, before: "asyncio.Task[int | None] | None"
    ) -> int | None:
        if before is not None and await before is None:
            return None
        try:
            await publisher.publish(
                EVENTS,
                routing_key(row["type"], row["region"]),
                row["body"].encode(),
                message_id=str(row["event_id"]),
                headers=headers_of(row),
                # The batch has one time limit.
                limited=False,
            )
        except Exception as error:  # noqa: BLE001 - whatever keeps one event back, the others are published
            log.warning("event_not_confirmed", event_id=str(row["event_id"]), reason=str(error))
            return None
        position: int = row["position"]
        return position
