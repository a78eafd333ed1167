"""HTTP: reading and submitting through the gateway beside the bare chain; how soon others see a decision."""

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import asyncpg

from deploy.laptop.bench.bare import SETUP
from deploy.laptop.bench.figures import Figure
from deploy.laptop.demo.__main__ import prepare
from deploy.laptop.demo.journey import Journey
from deploy.laptop.demo.person import Person
from deploy.laptop.demo.places import HUNAN
from deploy.laptop.demo.reporter import SilentReporter
from deploy.laptop.stack.platform import Platform
from deploy.laptop.stack.ports import free_port, takes_connections
from deploy.settings_table import PROCESSES

AT_ONCE = 16
PATIENCE_SECONDS = 30
# Only the way of the request itself runs while it is measured; the others would share its processors.
ASIDE = ("documents", "review", "coding", "agreements")
_CLONE = """
WITH numbered AS (
    SELECT gen_random_uuid() AS id, to_char(number, 'FM0000000000000000000000') AS licence
    FROM generate_series(1, $2) AS number
), identified AS (
    INSERT INTO registry.institution_identity (identity, record_id)
    SELECT 'bench ' || licence, id FROM numbered
), maintained AS (
    INSERT INTO registry.maintainer (provider_id, account_id, scope, authorisation_id, since, exclusive)
    SELECT id, account_id, scope, authorisation_id, since, exclusive
    FROM numbered, registry.maintainer WHERE provider_id = $1
), copied AS (
    INSERT INTO registry.institution_copy (record_id, values, attachments)
    SELECT id, values || jsonb_build_object('licence_number', licence), attachments
    FROM numbered, registry.institution_copy WHERE record_id = $1
), searchable AS (
    INSERT INTO registry.institution_search (record_id, searched, grams)
    SELECT id, searched, grams FROM numbered, registry.institution_search WHERE record_id = $1
)
INSERT INTO registry.institution (record_id, provider_id, code_holder_id, version, event_version, life, name,
                                  region, numbers, added_by, added_at, state, submission, decided, case_version)
SELECT id, id, id, version, event_version, life, name, region,
       numbers || jsonb_build_object('licence_number', licence), added_by, added_at, state, submission, decided,
       case_version
FROM numbered, registry.institution WHERE record_id = $1
RETURNING record_id
"""


async def per_second(count: int, ask: Callable[[int], Awaitable[Any]]) -> float:
    """So many requests, a few at a time; requests per second."""
    numbers = iter(range(count))

    async def worker() -> None:
        for number in numbers:
            await ask(number)

    began = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
    return count / (time.perf_counter() - began)


@contextmanager
def bare_chain(dsn: str) -> Iterator[str]:
    """Both bare servers as processes of their own; the address of the front one."""
    front, back = free_port(), free_port()
    commands = (["--port", str(back), "--dsn", dsn], ["--port", str(front), "--back", f"http://127.0.0.1:{back}"])
    processes = [subprocess.Popen([sys.executable, "-m", "deploy.laptop.bench.bare", *one]) for one in commands]
    try:
        end = time.monotonic() + PATIENCE_SECONDS
        while not (takes_connections(front) and takes_connections(back)):
            if time.monotonic() > end:
                raise TimeoutError("the bare chain did not start")
            time.sleep(0.02)
        yield f"http://127.0.0.1:{front}"
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(PATIENCE_SECONDS)


async def bare_figures(dsn: str, content: str, count: int) -> tuple[float, float]:
    """Reads and inserts through the bare chain, of a record as large as the platform's; requests per second."""
    connection = await asyncpg.connect(dsn)
    record = uuid4()
    await connection.execute(SETUP)
    await connection.execute("INSERT INTO bare.record VALUES ($1, $2)", record, content)
    await connection.close()
    with bare_chain(dsn) as url:
        async with aiohttp.ClientSession(url) as session:

            async def read(_: int) -> None:
                await _answered(session.get(f"/records/{record}"))

            async def insert(_: int) -> None:
                await _answered(session.post("/records", data=b'{"version": 1}'))

            await per_second(count // 4, read)
            reads = await per_second(count, read)
            await per_second(count // 4, insert)
            inserts = await per_second(count, insert)
    return reads, inserts


async def _answered(request: AbstractAsyncContextManager[aiohttp.ClientResponse]) -> None:
    """Waits for a whole answer; raises if it is an error."""
    async with request as answer:
        await answer.read()
        answer.raise_for_status()


class Prepared:
    """A platform with one maintainer and many records of theirs, filled in and ready to submit."""

    def __init__(self, platform: Platform, journey: Journey, records: Sequence[UUID]) -> None:
        self.platform = platform
        self.journey = journey
        self.records = list(records)

    @property
    def maintainer(self) -> Person:
        """Whose records they are."""
        return self.journey.person

    @contextmanager
    def only(self, *parts: str) -> Iterator[None]:
        """Halts the services that do not belong to what is measured."""
        halted = [part for part in PROCESSES if part not in parts]
        for part in halted:
            self.platform.freeze(part)
        try:
            yield
        finally:
            for part in halted:
                self.platform.thaw(part)

    async def submit(self, record: UUID) -> Any:
        """Submits one of the records, which are all at the same version."""
        wanted = {"version": self.journey.institution["version"]}
        return await self.maintainer.post(f"/institutions/{record}/submission", json=wanted)


@asynccontextmanager
async def prepared(records: int) -> AsyncIterator[Prepared]:
    """A fresh platform, a maintainer authorised through the journey, and copies of the one record."""
    with tempfile.TemporaryDirectory(prefix="fuma-bench-") as folder:
        platform = Platform(Path(folder) / "platform")
        try:
            await asyncio.to_thread(platform.start)
            connector = aiohttp.TCPConnector(limit=0)
            async with aiohttp.ClientSession(connector=connector) as http:
                await prepare(http, platform.layout.description)
                journey = Journey(http, platform.describe(), HUNAN, SilentReporter(), seed=1)
                await _ready_to_submit(journey)
                yield Prepared(platform, journey, await _copies(platform, journey, records))
        finally:
            await asyncio.to_thread(platform.reset)


async def _ready_to_submit(journey: Journey) -> None:
    for step in (journey.register, journey.add_institution, journey.authorise, journey.nation_approves_mandate):
        await step()
    await journey.fill_in(submit=False)


async def _copies(platform: Platform, journey: Journey, count: int) -> list[UUID]:
    connection = await asyncpg.connect(platform.describe()["postgres"]["superuser"])
    try:
        original = UUID(journey.institution["record_id"])
        rows = await connection.fetch(_CLONE, original, count)
        await connection.execute("ANALYZE")
    finally:
        await connection.close()
    return [row["record_id"] for row in rows]


async def throughput(bench_environment: Prepared, records: Sequence[UUID]) -> list[Figure]:
    """Reading and submitting, each beside the bare chain."""
    count = len(records)
    content = str(bench_environment.journey.institution)
    superuser = bench_environment.platform.describe()["postgres"]["superuser"]
    with bench_environment.only():
        bare_reads, bare_inserts = await bare_figures(superuser, content, count)
    with bench_environment.only("gateway", "registry"):
        reads, submissions = await gateway_figures(bench_environment, records)
    return [
        Figure("bare chain, reading", bare_reads, "requests/s"),
        Figure("bare chain, inserting", bare_inserts, "requests/s"),
        Figure("one institution read through the gateway", reads, "requests/s", bare_reads, 0.6),
        Figure("submission accepted through the gateway", submissions, "requests/s", bare_inserts, 0.4),
    ]


async def gateway_figures(bench_environment: Prepared, records: Sequence[UUID]) -> tuple[float, float]:
    """Reads and submissions through the gateway, with the client of the bare chain; requests per second."""
    count, institution = len(records), bench_environment.journey.institution
    submission = json.dumps({"version": institution["version"]}).encode()
    headers = {**bench_environment.maintainer.authorization, "Content-Type": "application/json"}
    url = bench_environment.platform.describe()["gateway"]
    path = "/api/v1/institutions"
    async with aiohttp.ClientSession(url, headers=headers) as session:

        async def read(_: int) -> None:
            await _answered(session.get(f"{path}/{institution['record_id']}"))

        async def submit(number: int) -> None:
            key = {"Idempotency-Key": f"{records[number]}"}
            await _answered(session.post(f"{path}/{records[number]}/submission", data=submission, headers=key))

        await per_second(count // 4, read)
        return await per_second(count, read), await per_second(count, submit)


async def visibility(bench_environment: Prepared, records: Sequence[UUID]) -> list[Figure]:
    """From a decision at the gateway until the next reviewer and the maintainer see it, unloaded."""
    usernames = [*HUNAN.usernames("reviewer"), "nation.reviewer"]
    reviewers = [await bench_environment.journey.known(username).sign_in() for username in usernames]
    samples = []
    for record in records:
        await bench_environment.submit(record)
        samples += await _decisions(bench_environment, str(record), reviewers)
    ordered = sorted(samples)
    p99 = ordered[round(0.99 * (len(ordered) - 1))]
    return [
        Figure("decision seen by next reviewer and maintainer, p50", statistics.median(ordered), "ms"),
        Figure("decision seen by next reviewer and maintainer, p99", p99, "ms", aim=100, smaller_is_better=True),
    ]


async def _decisions(bench_environment: Prepared, record: str, reviewers: Sequence[Person]) -> list[float]:
    samples = []
    for reviewer, following in zip(reviewers, [*reviewers[1:], None], strict=True):
        case = await reviewer.until(f"/subjects/{record}/case", lambda one: "approve" in one["actions"])
        before = await bench_environment.maintainer.get(f"/institutions/{record}")
        body = {"version": case["version"], "decision": "approve", "reasons": [], "note": ""}
        began = time.perf_counter()
        await reviewer.post(f"/cases/{case['case_id']}/decisions", json=body)
        await asyncio.gather(_maintainer_sees(bench_environment, record, before), _next_sees(following, record))
        samples.append((time.perf_counter() - began) * 1000)
    return samples


async def _maintainer_sees(bench_environment: Prepared, record: str, before: dict[str, Any]) -> None:
    was = (before["state"], before["under_review"])
    await bench_environment.maintainer.until(
        f"/institutions/{record}", lambda one: (one["state"], one["under_review"]) != was, every=0.002
    )


async def _next_sees(following: Person | None, record: str) -> None:
    if following is not None:
        await following.until(f"/subjects/{record}/case", lambda one: "approve" in one["actions"], every=0.002)


async def figures(count: int, decided: int) -> list[Figure]:
    """All figures of the HTTP interface; first those of an unloaded platform."""
    async with prepared(decided + count) as bench_environment:
        seen = await visibility(bench_environment, bench_environment.records[:decided])
        return [*await throughput(bench_environment, bench_environment.records[decided:]), *seen]
