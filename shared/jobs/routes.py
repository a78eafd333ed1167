"""The HTTP endpoints of a service's jobs: the account that started a job can read, cancel and resume it."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, JsonValue

from shared.jobs import store
from shared.jobs.rules import Job, JobState
from shared.postgres.transaction import Rows, Transaction
from shared.problems import NotFound
from shared.security.caller import Caller
from shared.web.pages import Page, PageQuery, Paging
from shared.web.routes import SIGNED_IN, Routes


class JobView(BaseModel):
    """A job: `done` of `total` items, and the `error` of its last failed slice; the total may be unknown."""

    job_id: UUID
    kind: str
    state: JobState
    done: int
    total: int | None
    result: dict[str, JsonValue]
    error: dict[str, JsonValue] | None
    cancel_requested: bool
    created_at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, job: Job) -> Self:
        """Builds the view of a job."""
        return cls(**{name: getattr(job, name) for name in cls.model_fields})


def job_routes(service: str) -> Routes:
    """Builds the routes of the collection `<service>-jobs`."""
    routes = Routes(f"{service}-jobs")
    path = f"/{service}-jobs"
    paging = Paging(f"{service}-jobs", job_id=UUID)

    @routes.get(path, by=SIGNED_IN)
    async def list_jobs(rows: Rows, caller: Caller, query: PageQuery) -> Page[JobView]:
        """An account lists the jobs that it has started, the newest first."""
        (after,) = paging.start(query, None)
        found = await store.list_own(rows, caller.account_id, after, query.fetched)
        return paging.page(query, found, JobView.of)

    @routes.get(f"{path}/{{job_id}}", by=SIGNED_IN)
    async def read_job(rows: Rows, caller: Caller, job_id: UUID) -> JobView:
        """An account reads the progress of a job that it has started."""
        return JobView.of(_known(await store.find_own(rows, job_id, caller.account_id)))

    @routes.post(f"{path}/{{job_id}}/cancellation", by=SIGNED_IN, status=200)
    async def cancel_job(tx: Transaction, caller: Caller, job_id: UUID) -> JobView:
        """An account cancels a job before its next slice; the finished slices stay."""
        job = _known(await store.lock_own(tx, job_id, caller.account_id)).request_cancel()
        await store.save_change(tx, job)
        tx.audit(job_id, "job.cancelled")
        return JobView.of(job)

    @routes.post(f"{path}/{{job_id}}/resumption", by=SIGNED_IN, status=200)
    async def resume_job(tx: Transaction, caller: Caller, job_id: UUID) -> JobView:
        """An account resumes a failed job where it stopped."""
        job = _known(await store.lock_own(tx, job_id, caller.account_id)).resumed(tx.now)
        await store.save_change(tx, job)
        tx.audit(job_id, "job.resumed")
        return JobView.of(job)

    return routes


def _known(job: Job | None) -> Job:
    if job is None:
        raise NotFound
    return job
