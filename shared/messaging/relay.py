"""The relay: publishes what a service has recorded, in order for each subject, and forgets it when confirmed.

One relay of a service is active at a time: the one whose session holds an advisory lock. It reads and deletes
on that very session, so that a relay that has lost its leadership can delete nothing. Another takes over as
soon as the session ends.
"""

import asyncio
import contextlib
import random
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from shared.messaging.envelope import headers_of
from shared.messaging.publisher import BrokerUnavailable, Publisher, publishing
from shared.messaging.topology import EVENTS, Topology, routing_key
from shared.observability.metrics import OUTBOX_LAG, RELAYED
from shared.postgres.pool import Connection, single_connection

log = structlog.get_logger()

BATCH = 500
POLL_SECONDS = 1.0
TAKE_OVER_SECONDS = 0.5
# Under load events are gathered for a moment: one round for several costs what one costs for each.
ROUND_SECONDS = 0.005
_LONGEST_PAUSE = 5.0
_LEAD = "SELECT pg_try_advisory_lock(hashtext('outbox ' || $1))"
# A deletion that a crash undoes publishes the event again, under the same id: no reason to wait for the disk.
_FORGET_LAZILY = "SET synchronous_commit = off"
_WAITING = "SELECT * FROM outbox WHERE position > $1 ORDER BY position LIMIT $2"
_PUBLISHED = "DELETE FROM outbox WHERE position = ANY($1::bigint[])"
_FAILURES = (BrokerUnavailable, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)


class Relay:
    """Publishes a service's outbox for as long as it runs."""

    def __init__(self, service: str, dsn: str, url: str, topology: Topology) -> None:
        self._service = service
        self._dsn = dsn
        self._url = url
        self._topology = topology
        self._due = asyncio.Event()
        self._leading = False
        self._untold = False
        self._wakers: set[asyncio.Task[None]] = set()
        self.pool: asyncpg.Pool | None = None

    def wake(self) -> None:
        """Something was committed: publish it now, or tell the relay that leads in another replica."""
        self._due.set()
        self._untold = True
        if not self._leading and self.pool is not None and not self._wakers:
            task = asyncio.create_task(self._tell_leader(self.pool))
            self._wakers.add(task)
            task.add_done_callback(self._wakers.discard)

    async def _tell_leader(self, pool: asyncpg.Pool) -> None:
        """Notifies outside the business transaction, since NOTIFY inside it makes all commits queue up."""
        while self._untold:
            self._untold = False
            with contextlib.suppress(*_FAILURES):
                await pool.execute(f"NOTIFY {self._channel}")

    @property
    def _channel(self) -> str:
        return f"{self._service}_outbox"

    async def run(self) -> None:
        """Leads whenever it can; after a failure it starts over with fresh connections, a little later."""
        pause = 0.1
        while True:
            try:
                await self._lead()
                pause = 0.1
            except _FAILURES as error:
                log.warning("relay_interrupted", reason=str(error), service=self._service)
                pause = min(pause * 2, _LONGEST_PAUSE)
            except Exception:
                # A relay that has ended would be noticed only when nobody has heard anything for a while.
                log.exception("relay_failed", service=self._service)
                pause = min(pause * 2, _LONGEST_PAUSE)
            finally:
                self._leading = False
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - spreads retries, no secret

    async def _lead(self) -> None:
        connection = await single_connection(self._dsn, self._service)
        try:
            while not await connection.fetchval(_LEAD, self._service):
                await asyncio.sleep(TAKE_OVER_SECONDS)
            async with publishing(self._url, f"{self._service} relay", self._topology) as publisher:
                await connection.execute(_FORGET_LAZILY)
                await connection.add_listener(self._channel, lambda *_: self._due.set())
                self._leading = True
                log.info("relay_leads", service=self._service)
                while publisher.is_open:
                    await self._drain(connection, publisher)
                    await self._wait()
            raise BrokerUnavailable("the connection was closed")
        finally:
            connection.terminate()

    async def _wait(self) -> None:
        next_round = asyncio.get_running_loop().time() + ROUND_SECONDS
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(POLL_SECONDS):
                await self._due.wait()
        await asyncio.sleep(max(0.0, next_round - asyncio.get_running_loop().time()))

    async def _drain(self, connection: Connection, publisher: Publisher) -> None:
        """Publishes all that waits; while a batch is on its way, the next is read and the last forgotten."""
        self._due.clear()
        rows = await connection.fetch(_WAITING, 0, BATCH)
        sending = self._in_order(publisher, rows)
        try:
            while rows:
                OUTBOX_LAG.labels(self._service).set_to_current_time()
                ahead = await connection.fetch(_WAITING, rows[-1]["position"], BATCH) if len(rows) == BATCH else []
                confirmed = [row for row in await asyncio.gather(*sending) if row is not None]
                missing = len(rows) - len(confirmed)
                # What follows may be of the same subjects: it goes out only after all of this batch.
                sending = [] if missing else self._in_order(publisher, ahead)
                await connection.execute(_PUBLISHED, confirmed)
                RELAYED.labels(self._service).inc(len(confirmed))
                if missing:
                    raise BrokerUnavailable(f"{missing} of {len(rows)} were not confirmed")
                rows = ahead
        finally:
            for task in sending:
                task.cancel()

    def _in_order(self, publisher: Publisher, rows: Sequence[Any]) -> list["asyncio.Task[int | None]"]:
        """One task for each row; a row waits for the one before it of the same subject and stops with it."""
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
            )
        except Exception as error:  # noqa: BLE001 - whatever keeps one event back, the others are published
            log.warning("event_not_confirmed", event_id=str(row["event_id"]), reason=str(error))
            return None
        position: int = row["position"]
        return position
