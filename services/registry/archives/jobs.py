"""The job that writes the archive of a provider into its staff and applications, slice by slice (INS-5).

Readers and rules look at the provider's archive, so nothing depends on how far the job has come.
"""

from collections.abc import Mapping
from uuid import UUID

from services.registry.records import store
from services.registry.records.subject import Subject
from shared.jobs.handlers import Jobs, start_job
from shared.jobs.rules import Job, Slice
from shared.postgres.transaction import Transaction

ARCHIVE = "registry.archive-dependents"
_SLICE = 500


async def start(tx: Transaction, subject: Subject, provider_id: UUID) -> None:
    """Starts the job of a provider."""
    arguments = {"provider_id": str(provider_id), "kind": subject.kind}
    total = sum([(await store.count_dependents(tx, kind, provider_id)).records for kind in subject.dependents])
    await start_job(tx, ARCHIVE, arguments, key=f"{ARCHIVE}:{provider_id}", total=total)


def add_to(jobs: Jobs, subjects: Mapping[str, Subject]) -> None:
    """Adds the job to those of the registry."""

    @jobs.handler(ARCHIVE)
    async def archive_slice(tx: Transaction, job: Job) -> Slice:
        """Archives the next records of one kind; the cursor is the kind."""
        kinds = subjects[job.arguments["kind"]].dependents
        kind = str(job.cursor) if job.cursor else kinds[0]
        count = await store.archive_dependents(tx, kind, UUID(job.arguments["provider_id"]), _SLICE)
        if count == _SLICE:
            return Slice(kind, count)
        following = kinds[kinds.index(kind) + 1 :]
        return Slice(following[0] if following else kind, count, finished=not following)
