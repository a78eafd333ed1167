"""The workers that run jobs: a worker claims a job, runs some slices and releases it, so all jobs progress."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import asyncpg
import structlog

from shared.ids import new_id
from shared.jobs import store
from shared.jobs.handlers import Jobs
from shared.jobs.rules import Job, delay_after
from shared.observability.metrics import JOB_SLICES
from shared.postgres.failures import is_infrastructure_failure
from shared.postgres.transaction import Cause, Transaction, UnitOfWork
from shared.problems import RuleBroken

Step = Callable[[], Awaitable[bool]]

log = structlog.get_logger()

WORKERS = 2
TURN_SECONDS = 1.0
SLICE_SECONDS = 60.0
LEASE = timedelta(seconds=30)
POLL_SECONDS = 0.5
SCHEDULE_SECONDS = 5.0


class JobRunner:
    """Runs the jobs of a service; any number of replicas share them."""

    def __init__(self, work: UnitOfWork, jobs: Jobs) -> None:
        self._work = work
        self._jobs = jobs

    async def run(self) -> None:
        """Runs the workers and the schedule until it is cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(WORKERS):
                group.create_task(self._repeat(self._take_turn, POLL_SECONDS))
            if self._jobs.schedule:
                shortest = min(self._jobs.schedule.values()).total_seconds()
                group.create_task(self._repeat(self._start_due, min(shortest, SCHEDULE_SECONDS)))

    async def _repeat(self, step: Step, pause: float) -> None:
        """Repeats a step; pauses when there is nothing to do, and longer each time the database is unavailable."""
        interruptions = 0
        while True:
            try:
                busy = await step()
                interruptions = 0
            except Exception as error:
                if not is_infrastructure_failure(error):
                    raise
                interruptions += 1
                log.warning("jobs_interrupted", reason=str(error))
                await asyncio.sleep(delay_after(interruptions).total_seconds())
            else:
                await asyncio.sleep(0 if busy else pause)

    async def _start_due(self) -> bool:
        for kind, every in self._jobs.schedule.items():
            async with self._work.begin(Cause.itself(f"schedule:{kind}")) as tx:
                await store.start_scheduled(tx, new_id(), kind, every)
        return False

    async def _take_turn(self) -> bool:
        """Runs slices of one job for a short time; returns whether there was a job."""
        token = new_id()
        async with self._work.begin(Cause.itself("jobs")) as tx:
            job = await store.claim(tx, list(self._jobs.handlers), token, LEASE)
        if job is None:
            return False
        ends = asyncio.get_running_loop().time() + TURN_SECONDS
        while await self._run_slice(job, token, last=asyncio.get_running_loop().time() >= ends):
            pass
        return True

    async def _run_slice(self, job: Job, token: UUID, *, last: bool) -> bool:
        """Runs one slice in one transaction; returns whether this worker continues the job."""
        try:
            async with asyncio.timeout(SLICE_SECONDS), self._work.begin(_cause_of(job)) as tx:
                current = await store.lock_leased(tx, job.job_id, token)
                if current is None:
                    return False
                after = await self._decide(tx, current)
                await store.save(tx, after, token, None if last else LEASE)
        except Exception as error:  # noqa: BLE001 - whatever it is, the job is tried again or fails
            await self._save_failure(job, token, error)
            return False
        JOB_SLICES.labels(job.kind, "succeeded").inc()
        return after.ended_at is None and not last

    async def _decide(self, tx: Transaction, job: Job) -> Job:
        if job.cancel_requested:
            return job.cancelled(tx.now)
        return job.after(await self._jobs.handlers[job.kind](tx, job), tx.now)

    async def _save_failure(self, job: Job, token: UUID, error: Exception) -> None:
        """Releases the job after a failure; only the job's own errors count as attempts."""
        # A slice that takes too long is the job's own fault, and would take too long again.
        too_slow = isinstance(error, (TimeoutError, asyncpg.QueryCanceledError))
        infrastructure = is_infrastructure_failure(error) and not too_slow
        JOB_SLICES.labels(job.kind, "interrupted" if infrastructure else "failed").inc()
        log.warning("job_slice_failed", kind=job.kind, job_id=str(job.job_id), exc_info=error)
        async with self._work.begin(_cause_of(job)) as tx:
            current = await store.lock_leased(tx, job.job_id, token)
            if current is not None:
                if infrastructure:
                    after = current.after_interruption(1, tx.now)
                else:
                    after = current.after_error(_described(error), tx.now)
                await store.save(tx, after, token, None)


def _cause_of(job: Job) -> Cause:
    return replace(
        Cause.itself(f"job:{job.kind}"), correlation_id=job.correlation_id, causation_id=str(job.job_id)
    )


def _described(error: Exception) -> dict[str, str]:
    """Describes the error to the owner: the message of a broken rule, or that the platform has to look into it."""
    if isinstance(error, RuleBroken):
        return {"code": error.code, "zh": error.message("zh"), "en": error.message("en")}
    return {"code": "unexpected", "zh": "系统内部错误，正在处理。", "en": "An internal error; it is looked into."}
