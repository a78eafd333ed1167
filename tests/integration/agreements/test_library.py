"""The scheduled entry into the official library: every confirmed version once, despite interruptions."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg

from deploy.laptop.stack.ports import free_port
from services.agreements import library
from services.agreements.composition import SERVICE
from shared.contracts.agreements.events import AgreementEntered
from shared.ids import new_id
from shared.jobs.handlers import Jobs, start_job
from shared.jobs.rules import Job, Slice
from shared.jobs.runner import JobRunner
from shared.postgres.migrate import migrate
from shared.postgres.pool import connected
from shared.postgres.transaction import Cause, Transaction, UnitOfWork
from tests.environment import Environment, until
from tests.integration.agreements.agreement_fixtures import agreement_scene, answered, form
from tests.provider_events import archived

_PARTIES = """
INSERT INTO agency VALUES ($1, 1, '湘潭市医疗保障局', '湘潭市医疗保障局', '430300', 'city');
"""
_HOSPITALS = """
INSERT INTO provider (provider_id, version, name, searched, grams, region, code)
SELECT gen_random_uuid(), 1, '第' || n || '医院', '第' || n || '医院', '{}', '430302',
    'H430302' || lpad(n::text, 5, '0')
FROM generate_series(1, $1) AS n
"""
_CONFIRMED = """
INSERT INTO agreement (agreement_id, version, event_version, state, provider_id, agency_id, by_agency,
    terms, document_id, document_name, document_pages, added_at, changed_at)
SELECT gen_random_uuid(), 2, 2, 'confirmed', provider_id, $1, false,
    '{"agreement_type": "1", "begins_on": "2026-01-01", "ends_on": "2026-12-31"}',
    gen_random_uuid(), '协议.pdf', 3, now(), now()
FROM provider
"""
_ENTRIES = "SELECT entry, agreement_id, version, withdrawn, data FROM library_entry ORDER BY entry"


@asynccontextmanager
async def waiting(environment: Environment, number: int) -> AsyncIterator[asyncpg.Connection]:
    """Confirmed agreements that no run has entered, and a connection that reads them."""
    await migrate(environment.dsn("agreements", owner=True), "agreements", SERVICE.migrations)
    async with environment.postgres("agreements") as rows:
        agency = new_id()
        await rows.execute(_PARTIES, agency)
        await rows.execute(_HOSPITALS, number)
        await rows.execute(_CONFIRMED, agency)
        yield rows


@asynccontextmanager
async def work_of(environment: Environment) -> AsyncIterator[UnitOfWork]:
    """The transactions of a replica's workers."""
    async with connected(environment.dsn("agreements"), "agreements", 8) as pool:
        yield UnitOfWork(pool)


async def start(work: UnitOfWork) -> UUID:
    """Starts a run, or finds the one that is open."""
    async with work.begin(Cause.itself()) as tx:
        return await start_job(tx, library.RUN, key=library.RUN)


@asynccontextmanager
async def workers(work: UnitOfWork, jobs: Jobs) -> AsyncIterator[None]:
    """Runs a replica's workers and cancels them at the end."""
    task = asyncio.create_task(JobRunner(work, jobs).run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def run(work: UnitOfWork, at_most: int = 10, replicas: int = 1) -> None:
    """Completes a run from its start or its interruption."""
    job_id, jobs = await start(work), library.library_jobs(timedelta(hours=1), at_most)

    async def ended() -> bool:
        async with work.begin(Cause.itself()) as tx:
            return bool(await tx.fetchval("SELECT state = 'succeeded' FROM job WHERE job_id = $1", job_id))

    async with AsyncExitStack() as stack:
        for _ in range(replicas):
            await stack.enter_async_context(workers(work, jobs))
        await until(ended, what="the end of the run")


async def entered_once(rows: asyncpg.Connection, number: int) -> list[Any]:
    """The entries, after a check that there is one for each agreement, numbered without gaps."""
    entries: list[Any] = await rows.fetch(_ENTRIES)
    assert [row["entry"] for row in entries] == list(range(1, number + 1))
    assert len({row["agreement_id"] for row in entries}) == number
    return entries


async def test_confirmed_and_changed_agreements_enter_and_a_deleted_one_is_withdrawn(
    environment: Environment,
) -> None:
    async with (
        environment.listening("agreements.agreement.entered.#") as published,
        agreement_scene(environment) as one,
    ):
        unconfirmed, added = await one.submitted(), await one.submitted()
        await one.confirmed(added)

        async def entered() -> Any:
            now = await one.read(added)
            return now if now["entered_version"] == now["version"] else None

        first = await until(entered, what="the entry")
        path = f"/agreements/{added['agreement_id']}"
        await answered(one.agency.put(path, json=form(version=2, memo="更正")), 200)
        second = await until(entered, what="the second entry")
        assert (first["entry"], second["entry"], second["version"]) == (1, 2, 3)
        await answered(one.provider.delete(path, params={"version": 3}), 204)
        await until(entered, what="the withdrawal")
        never = f"/agreements/{unconfirmed['agreement_id']}"
        await answered(one.provider.delete(never, params={"version": 1}), 204)
        async with environment.postgres("agreements") as rows:
            entries = await rows.fetch(_ENTRIES)
            assert [(row["version"], row["withdrawn"]) for row in entries] == [(2, False), (3, False), (4, True)]
            assert {str(row["agreement_id"]) for row in entries} == {added["agreement_id"]}
        runs = (await answered(one.provider.get("/library-runs"), 200))["items"]
        assert sum(run["entered"] for run in runs) == 3

        async def all_published() -> bool:
            return len(published) == 2

        await until(all_published, what="two events")
    assert [data["entry"] for _, data in published] == [1, 2]
    assert [data["subject_version"] for _, data in published] == [3, 5]


async def test_an_institutions_edit_enters_the_library_after_it_is_confirmed(
    environment: Environment,
) -> None:
    async with agreement_scene(environment, library_run_seconds=3600) as one, work_of(environment) as work:
        added = await one.confirmed(await one.submitted())

        async def entered() -> Any:
            await run(work)
            now = await one.read(added)
            return now if now["entered_version"] == now["version"] else None

        await until(entered, what="the first entry")
        path = f"/agreements/{added['agreement_id']}"
        await answered(one.provider.put(path, json=form(version=2, memo="改")), 200)
        await run(work)
        now = await one.read(added)
        assert (now["state"], now["version"], now["entered_version"]) == ("to_confirm", 3, 2)
        await one.confirmed(now)
        assert (await until(entered, what="the second entry"))["entered_version"] == 4


async def test_two_concurrent_replicas_enter_everything_once(environment: Environment) -> None:
    number = 600
    settings = {"library_run_seconds": 0.1, "library_slice": 20}
    async with (
        waiting(environment, number) as rows,
        environment.listening(f"{AgreementEntered.type}.#") as published,
    ):
        async with (
            environment.running("agreements", **settings),
            environment.running("agreements", http_port=free_port(), **settings),
        ):

            async def all_published() -> bool:
                return len(published) >= number

            await until(all_published, what="an event for each agreement")
        await entered_once(rows, number)
        assert await rows.fetchval("SELECT sum(entered) FROM library_run") == number
    assert len({data["subject_id"] for _, data in published}) == len(published) == number


async def test_concurrent_slices_never_overlap(environment: Environment) -> None:
    async with waiting(environment, 300) as rows, work_of(environment) as work:
        await run(work, at_most=7, replicas=3)
        await entered_once(rows, 300)
        assert await rows.fetchval("SELECT count(*) FROM library_run") == 1


async def test_an_interrupted_run_continues_after_its_last_committed_slice(
    environment: Environment,
) -> None:
    jobs, within = Jobs(), asyncio.Event()

    @jobs.handler(library.RUN)
    async def stops_in_the_fourth(tx: Transaction, job: Job) -> Slice:
        done = await library.enter_slice(tx, job, 10)
        if job.done == 30:
            within.set()
            await asyncio.Event().wait()
        return done

    async with waiting(environment, 100) as rows, work_of(environment) as work:
        job_id = await start(work)
        async with workers(work, jobs):
            await asyncio.wait_for(within.wait(), 20)
        assert await rows.fetchval("SELECT count(*) FROM library_entry") == 30
        reached = await rows.fetchval("SELECT agreement_id FROM library_entry WHERE entry = 30")
        assert await rows.fetchval("SELECT cursor #>> '{}' FROM job WHERE job_id = $1", job_id) == str(reached)
        [before] = await rows.fetch("SELECT run_id, entered, finished_at FROM library_run")
        assert tuple(before) == (job_id, 30, None)
        # The lease of the worker that is gone has run out.
        await rows.execute("UPDATE job SET lease_until = now() - interval '1 second'")
        await run(work)
        entries = await entered_once(rows, 100)
        assert min(row["agreement_id"] for row in entries[30:]) > reached
        [after] = await rows.fetch("SELECT run_id, entered, finished_at IS NOT NULL FROM library_run")
        assert tuple(after) == (job_id, 100, True)


async def test_the_next_run_enters_what_a_failed_run_left(environment: Environment) -> None:
    jobs = Jobs()

    @jobs.handler(library.RUN)
    async def fails_after_the_first(tx: Transaction, job: Job) -> Slice:
        assert job.done == 0
        return await library.enter_slice(tx, job, 10)

    async with waiting(environment, 25) as rows, work_of(environment) as work:
        await start(work)
        async with workers(work, jobs):

            async def failing() -> bool:
                return bool(await rows.fetchval("SELECT error IS NOT NULL FROM job"))

            await until(failing, what="the slice that fails")
        await rows.execute("UPDATE job SET state = 'failed', ended_at = now()")
        await run(work)
        await entered_once(rows, 25)
        runs = await rows.fetch("SELECT entered, finished_at IS NOT NULL FROM library_run ORDER BY run_id")
        assert [tuple(one) for one in runs] == [(10, True), (15, True)]


async def test_a_repeated_run_enters_nothing_and_only_the_last_empty_run_is_stored(
    environment: Environment,
) -> None:
    async with waiting(environment, 30) as rows, work_of(environment) as work:
        for _ in range(4):
            await run(work)
        await entered_once(rows, 30)
        assert [row["entered"] for row in await rows.fetch("SELECT entered FROM library_run ORDER BY run_id")] == [
            30,
            0,
        ]
        assert await rows.fetchval("SELECT count(*) FROM outbox") == 30


async def test_agreements_that_are_locked_or_without_a_code_wait_for_a_later_run(
    environment: Environment,
) -> None:
    async with waiting(environment, 3) as rows, work_of(environment) as work:
        coded, uncoded, busy = await rows.fetch("SELECT agreement_id, provider_id FROM agreement")
        await rows.execute("UPDATE provider SET code = NULL WHERE provider_id = $1", uncoded["provider_id"])
        async with rows.transaction():
            await rows.execute("SELECT FROM agreement WHERE agreement_id = $1 FOR UPDATE", busy["agreement_id"])
            await run(work)
            assert [row["agreement_id"] for row in await rows.fetch(_ENTRIES)] == [coded["agreement_id"]]
        await rows.execute("UPDATE provider SET code = 'H43030200002' WHERE code IS NULL")
        await run(work)
        await entered_once(rows, 3)


async def test_the_library_withdraws_what_ended_with_its_provider(environment: Environment) -> None:
    async with agreement_scene(environment) as one, environment.postgres("agreements") as rows:
        agreement = await one.confirmed(await one.submitted())

        async def entries() -> list[bool]:
            return [row["withdrawn"] for row in await rows.fetch(_ENTRIES)]

        async def entered() -> bool:
            return await entries() == [False]

        await until(entered, what="the entry")
        await environment.publish(archived(one.hospital.provider_id))

        async def withdrawn() -> bool:
            return await entries() == [False, True]

        await until(withdrawn, what="the withdrawal")
        assert (await one.read(agreement))["state"] == "ended"
