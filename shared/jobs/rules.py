"""The states of a job: after a slice, after an error, after cancelling and resuming."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from pydantic import JsonValue

from shared.jobs.problems import JobEnded, JobNotFailed

MOST_ATTEMPTS = 5
FIRST_DELAY, LONGEST_DELAY = timedelta(seconds=1), timedelta(minutes=5)


class JobState(StrEnum):
    """The states of a job."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Slice:
    """The result of one slice of a job.

    `cursor` is where the next slice begins, `done` the number of items that this slice has processed; `total` is
    the number of all items, once it is known; `result` is merged into the job's; `finished` ends the job.
    """

    cursor: JsonValue
    done: int
    finished: bool = False
    total: int | None = None
    result: dict[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Job:
    """A job as its handler and its owner see it; `done` of `total` items are processed."""

    job_id: UUID
    kind: str
    arguments: dict[str, Any]
    cursor: JsonValue
    state: JobState
    done: int
    total: int | None
    result: dict[str, Any]
    error: dict[str, Any] | None
    attempts: int
    cancel_requested: bool
    owner_id: UUID | None
    correlation_id: str
    created_at: datetime
    run_at: datetime
    ended_at: datetime | None

    def after(self, slice_: Slice, now: datetime) -> Self:
        """Returns the job after a successful slice: advanced or finished."""
        further = replace(
            self,
            cursor=slice_.cursor,
            done=self.done + slice_.done,
            total=slice_.total if slice_.total is not None else self.total,
            result={**self.result, **slice_.result},
            state=JobState.RUNNING,
            attempts=0,
            error=None,
            run_at=now,
        )
        return further.ended(JobState.SUCCEEDED, now) if slice_.finished else further

    def after_error(self, error: dict[str, Any], now: datetime) -> Self:
        """Returns the job after a failed slice: it is retried, and fails after the last attempt."""
        attempts = self.attempts + 1
        failed = replace(self, attempts=attempts, error=error, run_at=now + delay_after(attempts))
        return failed.ended(JobState.FAILED, now) if attempts >= MOST_ATTEMPTS else failed

    def after_interruption(self, interruptions: int, now: datetime) -> Self:
        """Returns the job after a failure of the database or the broker: it is retried without a limit."""
        return replace(self, run_at=now + delay_after(interruptions))

    def cancelled(self, now: datetime) -> Self:
        """Returns the cancelled job; its finished slices stay."""
        return self.ended(JobState.CANCELLED, now)

    def request_cancel(self) -> Self:
        """Marks the job to be cancelled before its next slice; raises JobEnded."""
        JobEnded.unless(self.ended_at is None)
        return replace(self, cancel_requested=True)

    def resumed(self, now: datetime) -> Self:
        """Returns a failed job ready to run again where it stopped; raises JobNotFailed."""
        JobNotFailed.unless(self.state is JobState.FAILED)
        return replace(self, state=JobState.QUEUED, attempts=0, error=None, ended_at=None, run_at=now)

    def ended(self, state: JobState, now: datetime) -> Self:
        """Returns the job in one of its final states."""
        return replace(self, state=state, ended_at=now)


def delay_after(attempts: int) -> timedelta:
    """Returns the delay after so many failures in a row: it doubles each time, up to five minutes."""
    return min(FIRST_DELAY * float(2 ** min(attempts - 1, 20)), LONGEST_DELAY)
