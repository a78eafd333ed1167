"""The SQL of jobs. Leases use the database's clock, so that the hosts' clocks may differ."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from shared.jobs.rules import Job, JobState
from shared.postgres.transaction import Rows, Transaction

_COLUMNS = """job_id, kind, arguments, cursor, state, done, total, result, error, attempts, cancel_requested,
    owner_id, correlation_id, created_at, run_at, ended_at"""
_START = """
INSERT INTO job (job_id, kind, key, arguments, total, owner_id, correlation_id)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (kind, key) WHERE ended_at IS NULL DO UPDATE SET kind = excluded.kind
RETURNING job_id
"""
# Of what a schedule starts again and again, only the last that succeeded is worth keeping.
_START_SCHEDULED = """
WITH due AS (
    SELECT WHERE NOT EXISTS (SELECT FROM job WHERE kind = $2 AND key = $2 AND created_at > now() - $4::interval)
), removed AS (
    DELETE FROM job USING due
    WHERE kind = $2 AND key = $2 AND state = 'succeeded'
      AND job_id < (SELECT max(job_id::text)::uuid FROM job WHERE kind = $2 AND key = $2 AND state = 'succeeded')
)
INSERT INTO job (job_id, kind, key, correlation_id)
SELECT $1, $2, $2, $3 FROM due
ON CONFLICT (kind, key) WHERE ended_at IS NULL DO NOTHING
"""
_CLAIM = f"""
UPDATE job SET lease_token = $2, lease_until = now() + $3, state = 'running'
WHERE job_id = (
    SELECT job_id FROM job
    WHERE ended_at IS NULL AND kind = ANY($1::text[]) AND run_at <= now()
      AND (lease_until IS NULL OR lease_until < now())
    ORDER BY run_at LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING {_COLUMNS}
"""
_LOCK_LEASED = f"SELECT {_COLUMNS} FROM job WHERE job_id = $1 AND lease_token = $2 FOR UPDATE"
_SAVE = """
UPDATE job SET
    cursor = $3, state = $4, done = $5, total = $6, result = $7, error = $8, attempts = $9, run_at = $10,
    ended_at = $11,
    lease_token = CASE WHEN $12::interval IS NULL THEN NULL ELSE lease_token END,
    lease_until = CASE WHEN $12::interval IS NULL THEN NULL ELSE now() + $12 END
WHERE job_id = $1 AND lease_token = $2
"""
_SAVE_CHANGE = """
UPDATE job SET state = $2, attempts = $3, error = $4, cancel_requested = $5, run_at = $6, ended_at = $7
WHERE job_id = $1
"""
_LOCK_OWN = f"SELECT {_COLUMNS} FROM job WHERE job_id = $1 AND owner_id = $2 FOR UPDATE"
_FIND_OWN = f"SELECT {_COLUMNS} FROM job WHERE job_id = $1 AND owner_id = $2"
_LIST_OWN = f"""
SELECT {_COLUMNS} FROM job WHERE owner_id = $1 AND ($2::uuid IS NULL OR job_id < $2) ORDER BY job_id DESC LIMIT $3
"""


async def start(
    tx: Transaction,
    job_id: UUID,
    kind: str,
    key: str | None,
    arguments: dict[str, Any],
    total: int | None,
    owner_id: UUID | None,
) -> UUID:
    """Inserts a job and returns its id; returns the id of the open job of this kind and key if there is one."""
    started: UUID = await tx.fetchval(
        _START, job_id, kind, key, arguments, total, owner_id, tx.cause.correlation_id
    )
    return started


async def start_scheduled(tx: Transaction, job_id: UUID, kind: str, every: timedelta) -> None:
    """Inserts the next job of a schedule, unless the last one is younger than the interval or still open."""
    await tx.execute(_START_SCHEDULED, job_id, kind, tx.cause.correlation_id, every)


async def claim(tx: Transaction, kinds: list[str], token: UUID, lease: timedelta) -> Job | None:
    """Leases the job of these kinds that has waited longest."""
    row = await tx.fetchrow(_CLAIM, kinds, token, lease)
    return None if row is None else _job(row)


async def lock_leased(tx: Transaction, job_id: UUID, token: UUID) -> Job | None:
    """Locks and returns the job; None if another worker holds its lease."""
    row = await tx.fetchrow(_LOCK_LEASED, job_id, token)
    return None if row is None else _job(row)


async def save(tx: Transaction, job: Job, token: UUID, lease: timedelta | None) -> None:
    """Saves a job's progress and extends its lease; releases the lease if it is None."""
    await tx.execute(
        _SAVE,
        job.job_id,
        token,
        job.cursor,
        job.state,
        job.done,
        job.total,
        job.result,
        job.error,
        job.attempts,
        job.run_at,
        job.ended_at,
        lease if job.ended_at is None else None,
    )


async def save_change(tx: Transaction, job: Job) -> None:
    """Saves what its owner has changed of a job."""
    await tx.execute(
        _SAVE_CHANGE,
        job.job_id,
        job.state,
        job.attempts,
        job.error,
        job.cancel_requested,
        job.run_at,
        job.ended_at,
    )


async def lock_own(tx: Transaction, job_id: UUID, owner_id: UUID) -> Job | None:
    """Locks and returns an owner's job."""
    row = await tx.fetchrow(_LOCK_OWN, job_id, owner_id)
    return None if row is None else _job(row)


async def find_own(rows: Rows, job_id: UUID, owner_id: UUID) -> Job | None:
    """Returns an owner's job."""
    row = await rows.fetchrow(_FIND_OWN, job_id, owner_id)
    return None if row is None else _job(row)


async def list_own(rows: Rows, owner_id: UUID, after: UUID | None, limit: int) -> list[Job]:
    """Returns an owner's jobs, the newest first."""
    return [_job(row) for row in await rows.fetch(_LIST_OWN, owner_id, after, limit)]


def _job(row: Any) -> Job:
    return Job(**{**row, "state": JobState(row["state"])})
