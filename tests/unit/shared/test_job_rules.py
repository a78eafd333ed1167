"""The rules of jobs: the state after a slice, an error or a cancellation."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.ids import new_id
from shared.jobs.problems import JobEnded, JobNotFailed
from shared.jobs.rules import LONGEST_DELAY, MOST_ATTEMPTS, Job, JobState, Slice, delay_after

NOW = datetime(2026, 11, 25, tzinfo=UTC)
JOB = Job(
    job_id=new_id(),
    kind="test.count",
    arguments={},
    cursor=None,
    state=JobState.RUNNING,
    done=0,
    total=None,
    result={"errors": 1},
    error=None,
    attempts=0,
    cancel_requested=False,
    owner_id=None,
    correlation_id="chain",
    created_at=NOW,
    run_at=NOW,
    ended_at=None,
)


def test_a_slice_brings_it_further() -> None:
    after = JOB.after(Slice(7, done=3, total=10, result={"skipped": 2}), NOW)
    assert (after.cursor, after.done, after.total, after.state) == (7, 3, 10, JobState.RUNNING)
    assert after.result == {"errors": 1, "skipped": 2}


def test_the_last_slice_ends_it() -> None:
    after = JOB.after(Slice(7, done=3, finished=True), NOW)
    assert (after.state, after.ended_at) == (JobState.SUCCEEDED, NOW)


def test_a_slice_that_succeeds_forgets_earlier_failures() -> None:
    failed = JOB.after_error({"code": "x"}, NOW)
    assert (failed.attempts, failed.error, failed.ended_at) == (1, {"code": "x"}, None)
    assert failed.run_at == NOW + timedelta(seconds=1)
    after = failed.after(Slice(1, done=1), NOW)
    assert (after.attempts, after.error) == (0, None)


def test_failures_in_a_row_end_it_and_it_can_be_resumed() -> None:
    job = JOB
    for _ in range(MOST_ATTEMPTS):
        assert job.ended_at is None
        job = job.after_error({"code": "x"}, NOW)
    assert (job.state, job.ended_at) == (JobState.FAILED, NOW)
    resumed = job.resumed(NOW)
    assert (resumed.state, resumed.attempts, resumed.ended_at, resumed.cursor) == (JobState.QUEUED, 0, None, None)
    with pytest.raises(JobNotFailed):
        JOB.resumed(NOW)


def test_interruptions_are_no_failures() -> None:
    after = JOB.after_interruption(3, NOW)
    assert (after.attempts, after.error, after.run_at) == (0, None, NOW + timedelta(seconds=4))


def test_what_has_ended_is_not_cancelled() -> None:
    assert JOB.request_cancel().cancel_requested
    ended = replace(JOB, state=JobState.SUCCEEDED, ended_at=NOW)
    with pytest.raises(JobEnded):
        ended.request_cancel()


def test_delays_grow_to_a_limit() -> None:
    assert [delay_after(n).total_seconds() for n in (1, 2, 3)] == [1, 2, 4]
    assert delay_after(1000) == LONGEST_DELAY
