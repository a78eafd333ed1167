"""The SQL of jobs. Leases use the database's clock, so that the hosts' clocks may differ."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from shared.jobs.rules import Job, JobState
from shared.postgres.row_mapper import RowMapper, enum
from shared.postgres.transaction import Rows, Transaction

_JOB = RowMapper(
    Job,
    {
        "job_id": "uuid",
        "kind": "text",
        "arguments": "jsonb",
        "cursor": "jsonb",
        "state": enum(JobState),
        "done": "bigint",
        "total": "bigint",
        "result": "jsonb",
        "error": "jsonb",
        "attempts": "integer",
        "cancel_requested": "boolean",
        "owner_id": "uuid",
        "correlation_id": "text",
        "created_at": "timestamptz",
        "run_at": "timestamptz",
        "ended_at": "timestamptz",
    },
    key=["job_id"],
)
_PROGRESS = _JOB.only(
    "job_id", "cursor", "state", "done", "total", "result", "error", "attempts", "run_at", "ended_at"
)
_CHANGE = _JOB.only("job_id", "state", "attempts", "error", "cancel_requested", "run_at", "ended_at")
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
RETURNING {_JOB.columns}
"""
_LOCK_LEASED = f"SELECT {_JOB.columns} FROM job WHERE job_id = $1 AND lease_token = $2 FOR UPDATE"
_SAVE = f"""
UPDATE job SET {_PROGRESS.parameter_assignments},
    lease_token = CASE WHEN {_PROGRESS.parameter(2)}::interval IS NULL THEN NULL ELSE lease_token END,
    lease_until = CASE WHEN {_PROGRESS.parameter(2)}::interval IS NULL THEN NULL
                       ELSE now() + {_PROGRESS.parameter(2)} END
WHERE job_id = $1 AND lease_token = {_PROGRESS.parameter(1)}
"""
_SAVE_CHANGE = f"UPDATE job SET {_CHANGE.parameter_assignments} WHERE job_id = $1"
_LOCK_OWN = f"SELECT {_JOB.columns} FROM job WHERE job_id = $1 AND owner_id = $2 FOR UPDATE"
_FIND_OWN = f"SELECT {_JOB.columns} FROM job WHERE job_id = $1 AND owner_id = $2"
_LIST_OWN = f"""
SELECT {_JOB.columns} FROM job WHERE owner_id = $1 AND ($2::uuid IS NULL OR job_id < $2)
ORDER BY job_id DESC LIMIT $3
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
    return None if row is None else _JOB.from_row(row)


async def lock_leased(tx: Transaction, job_id: UUID, token: UUID) -> Job | None:
    """Locks and returns the job; None if another worker holds its lease."""
    row = await tx.fetchrow(_LOCK_LEASED, job_id, token)
    return None if row is None else _JOB.from_row(row)


async def save(tx: Transaction, job: Job, token: UUID, lease: timedelta | None) -> None:
    """Saves a job's progress and extends its lease; releases the lease if it is None."""
    held = lease if job.ended_at is None else None
    await tx.execute(_SAVE, *_PROGRESS.values(job), token, held)


async def save_change(tx: Transaction, job: Job) -> None:
    """Saves what its owner has changed of a job."""
    await tx.execute(_SAVE_CHANGE, *_CHANGE.values(job))


async def lock_own(tx: Transaction, job_id: UUID, owner_id: UUID) -> Job | None:
    """Locks and returns an owner's job."""
    row = await tx.fetchrow(_LOCK_OWN, job_id, owner_id)
    return None if row is None else _JOB.from_row(row)


async def find_own(rows: Rows, job_id: UUID, owner_id: UUID) -> Job | None:
    """Returns an owner's job."""
    row = await rows.fetchrow(_FIND_OWN, job_id, owner_id)
    return None if row is None else _JOB.from_row(row)


async def list_own(rows: Rows, owner_id: UUID, after: UUID | None, limit: int) -> list[Job]:
    """Returns an owner's jobs, the newest first."""
    return [_JOB.from_row(row) for row in await rows.fetch(_LIST_OWN, owner_id, after, limit)]
