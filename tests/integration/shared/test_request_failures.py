"""Requests during failures: the answers are true, and requests and consumers have separate connections."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
from pydantic import BaseModel

from shared.contracts.registry.events import ProviderApproved
from shared.ids import new_id
from shared.messaging.subscriptions import Subscriptions
from shared.postgres.transaction import Rows, Transaction
from shared.web.idempotency import HEADER
from shared.web.routes import PUBLIC, Routes
from tests.environment import Environment, until
from tests.integration.shared.fakes import NAME, all_done, approved, done, gate, serving


class Count(BaseModel):
    """The number of effects."""

    count: int


def routes(held: asyncio.Event | None = None) -> Routes:
    """Routes that read and write, and a read that holds its connection until it is released."""
    made = Routes("codes")

    @made.get("/codes", by=PUBLIC)
    async def read(rows: Rows) -> Count:
        """Anyone reads."""
        return Count(count=await rows.fetchval("SELECT count(*) FROM done"))

    @made.get("/codes/held", by=PUBLIC)
    async def hold(rows: Rows) -> Count:
        """Anyone reads, and holds on to the connection."""
        if held is not None:
            await gate(held)
        return Count(count=await rows.fetchval("SELECT count(*) FROM done"))

    @made.post("/codes", by=PUBLIC)
    async def write(tx: Transaction) -> Count:
        """Anyone writes."""
        await done(tx, new_id())
        return Count(count=1)

    @made.post("/codes/broken", by=PUBLIC)
    async def broken(tx: Transaction) -> Count:
        """A statement that cannot be."""
        await tx.execute("SELECT nothing FROM nowhere")
        return Count(count=1)

    return made


async def answered(
    client: aiohttp.ClientSession, method: str, path: str, **more: Any
) -> tuple[int, dict[str, Any]]:
    """Status and body of an answer, with its Retry-After among the body's members."""
    async with client.request(method, path, **more) as answer:
        body: dict[str, Any] = await answer.json(content_type=None)
        return answer.status, body | {"retry_after": answer.headers.get("Retry-After")}


class Line:
    """A proxy to Postgres; when cut, it forwards a COMMIT and drops everything after it."""

    def __init__(self, dsn: str) -> None:
        self._target = urlsplit(dsn)
        self._pairs: list[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = []
        self.loses_commits = False
        self.closed = False

    @asynccontextmanager
    async def open(self) -> AsyncIterator[str]:
        """The DSN through this line."""
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        user = self._target.netloc.rpartition("@")[0]
        async with server:
            yield self._target._replace(netloc=f"{user}@127.0.0.1:{port}").geturl()
            self._cut()

    def cut(self) -> None:
        """Postgres is away."""
        self.closed = True
        self._cut()

    def _cut(self) -> None:
        for pair in self._pairs:
            for writer in pair:
                writer.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.closed:
            writer.close()
            return
        onward = await asyncio.open_connection(self._target.hostname, self._target.port)
        self._pairs.append((writer, onward[1]))
        await asyncio.gather(self._pump(reader, onward[1], writer), self._pump(onward[0], writer, None))

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, client: asyncio.StreamWriter | None
    ) -> None:
        while piece := await reader.read(65536):
            if client is not None and self.loses_commits and b"COMMIT" in piece:
                # Postgres gets it; its answer goes nowhere.
                client.close()
            writer.write(piece)
            await writer.drain()
        writer.close()


@asynccontextmanager
async def through_a_line(environment: Environment) -> AsyncIterator[tuple[Line, aiohttp.ClientSession]]:
    """The sample service, with a proxy to Postgres that a test can cut."""
    line = Line(environment.dsn(NAME))
    async with (
        line.open() as dsn,
        serving(environment, routes=[routes()], postgres_dsn=dsn),
        environment.client(NAME) as client,
    ):
        assert (await answered(client, "POST", "/codes"))[0] == 201
        yield line, client


async def test_a_commit_with_a_lost_answer_is_reported_as_unknown(environment: Environment) -> None:
    """The outcome is unknown; a repetition with the same key takes effect once in total."""
    async with through_a_line(environment) as (line, client):
        line.loses_commits = True
        status, problem = await answered(client, "POST", "/codes", headers={"Accept-Language": "en"})
        assert (status, problem["code"], problem["retry_after"]) == (503, "outcome-unknown", "2")
        assert "not known" in problem["title"]
        line.loses_commits = False

        async def both() -> bool:
            return len(await all_done(environment)) == 2

        await until(both, what="the lost commit")


async def test_a_lost_commit_is_found_again_by_its_key(environment: Environment) -> None:
    """The stored answer shows that the commit succeeded: the client gets it, at once or on repetition."""
    async with through_a_line(environment) as (line, client):
        line.loses_commits = True
        first, _ = await answered(client, "POST", "/codes", headers={HEADER: "k"})
        assert first in (201, 503)
        line.loses_commits = False

        async def again() -> bool:
            return (await answered(client, "POST", "/codes", headers={HEADER: "k"}))[0] == 201

        await until(again, what="the same answer")
        assert len(await all_done(environment)) == 2


async def test_passing_failures_and_faults_get_different_answers(environment: Environment) -> None:
    async with through_a_line(environment) as (line, client):
        status, problem = await answered(client, "POST", "/codes/broken")
        assert (status, problem["code"], problem["retry_after"]) == (500, "unexpected", None)
        line.cut()
        for method in ("GET", "POST"):
            status, problem = await answered(client, method, "/codes")
            assert (status, problem["code"], problem["retry_after"]) == (503, "service-unavailable", "2")
        line.closed = False

        async def back() -> bool:
            return (await answered(client, "GET", "/codes"))[0] == 200

        await until(back, what="the way back to Postgres")
        assert len(await all_done(environment)) == 1


async def test_a_request_waits_for_a_connection_for_a_moment_only(environment: Environment) -> None:
    held = asyncio.Event()
    limits: dict[str, Any] = {"postgres_connections": 2, "postgres_wait_seconds": 0.2}
    async with (
        serving(environment, routes=[routes(held)], **limits),
        environment.client(NAME) as client,
    ):
        holding = [asyncio.create_task(answered(client, "GET", "/codes/held")) for _ in range(2)]
        began = time.monotonic()

        async def refused() -> bool:
            status, problem = await answered(client, "GET", "/codes")
            return (status, problem.get("code"), problem["retry_after"]) == (503, "service-unavailable", "2")

        await until(refused, what="a refusal")
        assert time.monotonic() - began < 5
        held.set()
        assert {status for status, _ in await asyncio.gather(*holding)} == {200}
        assert (await answered(client, "GET", "/codes"))[0] == 200


@pytest.mark.parametrize("stuck", ["consumers", "requests"])
async def test_consumers_and_requests_have_separate_connections(environment: Environment, stuck: str) -> None:
    """While all connections of one kind are in use, the other kind still works."""
    held, begun = asyncio.Event(), asyncio.Event()
    subscriptions = Subscriptions(NAME)
    if stuck == "requests":
        begun.set()

    @subscriptions.each(ProviderApproved, queue="coding.stuck")
    async def handle(tx: Transaction, event: ProviderApproved) -> None:
        """Holds its connection where the consumers are stuck."""
        if stuck == "consumers":
            begun.set()
            await gate(held)
        await done(tx, event.subject_id)

    limits: dict[str, Any] = {
        "postgres_connections": 1,
        "postgres_background_connections": 1,
        "postgres_wait_seconds": 0.5,
    }
    async with (
        serving(environment, subscriptions, [routes(held)], **limits),
        environment.client(NAME) as client,
    ):
        holding = asyncio.create_task(answered(client, "GET", "/codes/held")) if stuck == "requests" else None
        await environment.publish(approved())
        await asyncio.wait_for(begun.wait(), 10)
        if holding is None:
            async with asyncio.timeout(5):
                assert (await answered(client, "GET", "/codes"))[0] == 200
                assert (await answered(client, "POST", "/codes"))[0] == 201
            held.set()
        await until(lambda: all_done(environment), what="the event's effect")
        held.set()
        if holding is not None:
            assert (await holding)[0] == 200
