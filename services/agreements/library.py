"""The scheduled entry into the official library (AGR-7): a job that enters agreements slice by slice.

A slice is one transaction: entries, events and how far the run has come. A slice that is interrupted has not
happened, and the next worker goes on after the last one that has.
"""

from datetime import timedelta
from uuid import UUID

from services.agreements import rules
from services.agreements.rules import Entry
from services.agreements.store import library
from services.agreements.use_cases import event_of
from shared.contracts.agreements.events import AgreementEntered
from shared.jobs.handlers import Jobs
from shared.jobs.rules import Job, Slice
from shared.postgres.transaction import Transaction

RUN = "agreements.library-run"
_FIRST = UUID(int=0)


def library_jobs(every: timedelta, at_most: int) -> Jobs:
    """The job that starts at this interval and enters at most so many agreements in one slice."""
    jobs = Jobs()

    @jobs.handler(RUN, every=every)
    async def enter(tx: Transaction, job: Job) -> Slice:
        return await enter_slice(tx, job, at_most)

    return jobs


async def enter_slice(tx: Transaction, job: Job, at_most: int) -> Slice:
    """Enters the next agreements that were due when the run began, in the order of their identifiers."""
    if job.cursor is None:
        await library.begin_run(tx, job.job_id, job.created_at)
    after = UUID(str(job.cursor)) if job.cursor else _FIRST
    due = await library.lock_due(tx, after, job.created_at, at_most)
    entries = rules.entries(due, await library.last_entry(tx), tx.now)
    await library.enter(tx, job.job_id, entries)
    for entry in entries:
        _record(tx, entry)
    finished = len(due) < at_most
    await library.save_run(tx, job.job_id, len(entries), tx.now if finished else None)
    return Slice(str(due[-1].agreement_id if due else after), len(entries), finished=finished)


def _record(tx: Transaction, entry: Entry) -> None:
    """Records the entry; a withdrawal was recorded when the agreement was deleted."""
    if not entry.withdrawn:
        tx.record(event_of(AgreementEntered, entry.agreement, tx, entry=entry.number))
