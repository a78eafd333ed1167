"""Jobs: every slice has one effect despite crashes and several replicas; jobs report progress and take turns."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.contracts.coding.events import CodeAssigned
from shared.ids import new_id
from shared.jobs import runner, store
from shared.jobs.handlers import Jobs, start_job
from shared.jobs.routes import job_routes
from shared.jobs.rules import Job, Slice
from shared.jobs.runner import JobRunner
from shared.postgres.transaction import Cause, Transaction, UnitOfWork
from shared.security.caller import Role
from tests.environment import Environment, a_caller, until
from tests.integration.shared.fakes import NAME, assigned, done, serving, working

KIND = "test.count"


def counting(size: int = 10, *, fail: Callable[[Job], Awaitable[None]] | None = None) -> Jobs:
    """Jobs that insert one row for each number up to `upto`, this number in a slice."""
    jobs = Jobs()

    @jobs.handler(KIND)
    async def count(tx: Transaction, job: Job) -> Slice:
        """Counts on."""
        begin, upto = job.cursor or 0, job.arguments["upto"]
        assert isinstance(begin, int)
        end = min(begin + size, upto)
        for number in range(begin, end):
            await done(tx, new_id(), f"{job.arguments.get('name', '')}{number}")
        if fail is not None:
            await fail(job)
        return Slice(end, done=end - begin, finished=end == upto, total=upto)

    return jobs


@asynccontextmanager
async def replicas(work: UnitOfWork, jobs: Jobs, count: int = 1) -> AsyncIterator[None]:
    """Runs this number of replicas that process jobs."""
    tasks = [asyncio.create_task(JobRunner(work, jobs).run()) for _ in range(count)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def started(work: UnitOfWork, **arguments: Any) -> UUID:
    """A new job of the kind that counts."""
    async with work.begin(Cause.itself("test")) as tx:
        return await start_job(tx, KIND, arguments)


async def row_of(environment: Environment, job_id: UUID) -> dict[str, Any]:
    """The row of the job."""
    async with environment.postgres(NAME) as connection:
        row: Any = await connection.fetchrow("SELECT * FROM job WHERE job_id = $1", job_id)
        return dict(row)


async def ended(environment: Environment, job_id: UUID) -> dict[str, Any]:
    """The job once it has ended."""

    async def look() -> dict[str, Any] | None:
        row = await row_of(environment, job_id)
        return row if row["ended_at"] else None

    row: dict[str, Any] = await until(look, what="the end of the job")
    return row


async def notes(environment: Environment) -> list[str]:
    """The inserted numbers, in order."""
    async with environment.postgres(NAME) as connection:
        return [row["note"] for row in await connection.fetch("SELECT note FROM done ORDER BY position")]


async def test_slices_follow_each_other_to_the_end(environment: Environment) -> None:
    async with working(environment) as work, replicas(work, counting()):
        job = await ended(environment, await started(work, upto=35))
    assert (job["state"], job["done"], job["total"], job["lease_token"]) == ("succeeded", 35, 35, None)
    assert await notes(environment) == [str(number) for number in range(35)]


async def test_two_replicas_never_do_a_slice_twice(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "TURN_SECONDS", 0)
    async with working(environment) as work, replicas(work, counting(1), 3):
        ids = [await started(work, upto=20, name=f"{name}-") for name in "abc"]
        for job_id in ids:
            assert (await ended(environment, job_id))["state"] == "succeeded"
    assert sorted(await notes(environment)) == sorted(f"{name}-{number}" for name in "abc" for number in range(20))


async def test_a_long_job_lets_a_short_one_pass(environment: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "TURN_SECONDS", 0)
    monkeypatch.setattr(runner, "WORKERS", 1)
    async with working(environment) as work:
        long, short = await started(work, upto=10_000), await started(work, upto=3)
        async with replicas(work, counting(1)):
            await ended(environment, short)
            assert (await row_of(environment, long))["done"] < 10_000


async def test_what_a_broken_slice_did_is_undone_and_done_once(environment: Environment) -> None:
    broken = 0

    async def fail_once(job: Job) -> None:
        nonlocal broken
        if job.cursor == 10 and not broken:
            broken += 1
            raise ValueError("broken")

    async with working(environment) as work, replicas(work, counting(fail=fail_once)):
        job = await ended(environment, await started(work, upto=30))
    assert (broken, job["state"], job["attempts"], job["error"]) == (1, "succeeded", 0, None)
    assert await notes(environment) == [str(number) for number in range(30)]


async def test_a_job_that_fails_for_good_keeps_its_place_and_is_resumed(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.jobs.rules.FIRST_DELAY", timedelta(milliseconds=1))
    healthy = False

    async def fail(job: Job) -> None:
        if job.cursor == 10 and not healthy:
            raise ValueError("broken")

    owner = a_caller(Role.MAINTAINER)
    async with working(environment) as work, replicas(work, counting(fail=fail)):
        async with work.begin(Cause.itself("test")) as tx:
            job_id = await start_job(tx, KIND, {"upto": 20}, owner_id=owner.account_id)
        job = await ended(environment, job_id)
        assert (job["state"], job["done"], job["attempts"]) == ("failed", 10, 5)
        assert '"unexpected"' in job["error"]
        healthy = True
        async with work.begin(Cause.itself("test")) as tx:
            own = await store.lock_own(tx, job_id, owner.account_id)
            assert own is not None
            await store.save_change(tx, own.resumed(tx.now))
        job = await ended(environment, job_id)
    assert (job["state"], job["done"]) == ("succeeded", 20)
    assert await notes(environment) == [str(number) for number in range(20)]


async def test_another_replica_takes_over_the_lease_of_a_dead_one(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "LEASE", timedelta(milliseconds=300))
    async with working(environment) as work:
        job_id = await started(work, upto=20)
        async with work.begin(Cause.itself("test")) as tx:
            assert await store.claim(tx, [KIND], new_id(), runner.LEASE)
        async with replicas(work, counting()):
            assert (await ended(environment, job_id))["done"] == 20


async def test_a_replica_that_has_lost_its_lease_writes_nothing(environment: Environment) -> None:
    lost, held = new_id(), new_id()
    async with working(environment) as work:
        job_id = await started(work, upto=20)
        for token, lease in ((lost, timedelta(seconds=-1)), (held, timedelta(minutes=1))):
            async with work.begin(Cause.itself("test")) as tx:
                job = await store.claim(tx, [KIND], token, lease)
                assert job is not None
        async with work.begin(Cause.itself("test")) as tx:
            assert await store.claim(tx, [KIND], new_id(), timedelta(minutes=1)) is None
        assert job is not None
        one = JobRunner(work, counting())
        assert not await one._run_slice(job, lost, last=False)
        assert (await row_of(environment, job_id))["done"] == 0
        assert await one._run_slice(job, held, last=False)
    assert await notes(environment) == [str(number) for number in range(10)]


async def test_failures_of_the_database_use_up_no_attempts(environment: Environment) -> None:
    failures = 0

    async def deadlock(_: Job) -> None:
        nonlocal failures
        if failures < 7:
            failures += 1
            raise ConnectionResetError

    async with working(environment) as work:
        job_id = await started(work, upto=5)
        one = JobRunner(work, counting(fail=deadlock))
        for _ in range(7):
            assert await one._take_turn()
            job = await row_of(environment, job_id)
            assert (job["attempts"], job["error"], job["ended_at"]) == (0, None, None)
            async with environment.postgres(NAME) as connection:
                await connection.execute("UPDATE job SET run_at = now()")
        assert await one._take_turn()
    assert (await row_of(environment, job_id))["state"] == "succeeded"


async def test_a_key_makes_one_job_at_a_time(environment: Environment) -> None:
    async with working(environment) as work:
        async with work.begin(Cause.itself("test")) as tx:
            first = await start_job(tx, KIND, {"upto": 1}, key="one")
            assert await start_job(tx, KIND, {"upto": 1}, key="one") == first
            assert await start_job(tx, KIND, {"upto": 1}, key="two") != first
        async with replicas(work, counting()):
            await ended(environment, first)
        async with work.begin(Cause.itself("test")) as tx:
            assert await start_job(tx, KIND, {"upto": 1}, key="one") != first


async def test_a_schedule_starts_one_job_for_all_replicas(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "SCHEDULE_SECONDS", 0.01)
    jobs = Jobs()
    runs: list[UUID] = []

    @jobs.handler("test.scheduled", every=timedelta(hours=1))
    async def scheduled(_: Transaction, job: Job) -> Slice:
        """Notes that it has run."""
        runs.append(job.job_id)
        return Slice(None, done=1, finished=True)

    async def begun() -> bool:
        return bool(runs)

    async with working(environment) as work, replicas(work, jobs, 3):
        await until(begun)
        async with environment.postgres(NAME) as connection:
            for _ in range(20):
                await JobRunner(work, jobs)._start_due()
            assert await connection.fetchval("SELECT count(*) FROM job") == 1


async def test_only_the_last_succeeded_job_of_a_schedule_is_stored(environment: Environment) -> None:
    async with working(environment) as work, environment.postgres(NAME) as connection:
        for state in ("succeeded", "succeeded", "failed", "succeeded"):
            await connection.execute(
                "INSERT INTO job (job_id, kind, key, state, ended_at, created_at, correlation_id)"
                " VALUES ($1, 'test.scheduled', 'test.scheduled', $2, now(), now() - interval '2 hours', '')",
                new_id(),
                state,
            )
        async with work.begin(Cause.itself("test")) as tx:
            await store.start_scheduled(tx, new_id(), "test.scheduled", timedelta(hours=1))
        rows = await connection.fetch("SELECT state FROM job ORDER BY job_id")
    assert [row["state"] for row in rows] == ["failed", "succeeded", "queued"]


async def test_events_of_a_slice_belong_to_the_chain_that_started_it(environment: Environment) -> None:
    jobs = Jobs()

    @jobs.handler(KIND)
    async def tell(tx: Transaction, _: Job) -> Slice:
        """Records one event."""
        tx.record(assigned())
        return Slice(None, done=1, finished=True)

    async with working(environment) as work, replicas(work, jobs):
        async with work.begin(Cause("the-chain", actor="somebody")) as tx:
            job_id = await start_job(tx, KIND)
        await ended(environment, job_id)
        async with environment.postgres(NAME) as connection:
            event: Any = await connection.fetchrow("SELECT * FROM outbox WHERE type = $1", CodeAssigned.type)
    assert (event["correlation_id"], event["causation_id"]) == ("the-chain", str(job_id))


async def test_an_owner_follows_cancels_and_lists_jobs(environment: Environment) -> None:
    owner, other = a_caller(Role.MAINTAINER), a_caller(Role.MAINTAINER)
    async with serving(environment, routes=[job_routes(NAME)]), working(environment) as work:
        ids = []
        for _ in range(3):
            async with work.begin(Cause.itself("test")) as tx:
                ids.append(await start_job(tx, KIND, {"upto": 5}, owner_id=owner.account_id))
        path = f"/{NAME}-jobs/{ids[0]}"
        async with environment.client(NAME, other) as client:
            assert (await client.get(path)).status == 404
            assert (await client.post(f"{path}/cancellation")).status == 404
        async with environment.client(NAME, owner) as client:
            seen = await (await client.get(path)).json()
            assert (seen["state"], seen["done"], seen["total"]) == ("queued", 0, None)
            page = await (await client.get(f"/{NAME}-jobs?limit=2")).json()
            rest = await (await client.get(f"/{NAME}-jobs?limit=2&after={page['next']}")).json()
            listed = [job["job_id"] for job in (*page["items"], *rest["items"])]
            assert listed == [str(one) for one in reversed(ids)]
            assert rest["next"] is None
            assert (await (await client.post(f"{path}/cancellation")).json())["cancel_requested"]
            refused = await client.post(f"{path}/resumption")
            assert (refused.status, (await refused.json())["code"]) == (409, "job-not-failed")
            async with replicas(work, counting()):
                assert (await ended(environment, ids[0]))["state"] == "cancelled"
            refused = await client.post(f"{path}/cancellation")
            assert (refused.status, (await refused.json())["code"]) == (409, "job-ended")
