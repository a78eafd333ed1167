"""Filings that wait for a unit of their route to be registered."""

from collections.abc import Sequence
from typing import Any

from shared.contracts.registry.events import SubmissionFiled, SubmissionWithdrawn
from shared.postgres.transaction import Rows, Transaction

_PUT = """
INSERT INTO waiting_filing AS kept (subject_id, kind, submission, seats, event, since)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (subject_id, kind) DO UPDATE SET
    submission = excluded.submission, seats = excluded.seats, event = excluded.event, since = excluded.since
WHERE kept.submission < excluded.submission
"""
_TAKE = """
DELETE FROM waiting_filing WHERE (subject_id, kind) IN (
    SELECT subject_id, kind FROM waiting_filing WHERE seats @> ARRAY[$1]
    ORDER BY subject_id, kind LIMIT $2 FOR UPDATE
) RETURNING event
"""
_REMOVE = "DELETE FROM waiting_filing WHERE subject_id = $1 AND kind = $2 AND submission = $3 RETURNING true"
_COUNT = "SELECT count(*) FROM waiting_filing"


async def put(tx: Transaction, filing: SubmissionFiled, seats: Sequence[str]) -> None:
    """Saves a filing until a unit is registered at one of these seats."""
    event: Any = filing.model_dump(mode="json")
    await tx.execute(_PUT, filing.subject_id, filing.kind, filing.submission, seats, event, tx.now)


async def take(tx: Transaction, seat: str, at_most: int) -> list[SubmissionFiled]:
    """Removes and returns filings that have waited for a seat."""
    return [SubmissionFiled.model_validate(row["event"]) for row in await tx.fetch(_TAKE, seat, at_most)]


async def remove(tx: Transaction, withdrawal: SubmissionWithdrawn) -> bool:
    """Removes a waiting filing that was withdrawn; returns whether there was one."""
    removed = (withdrawal.subject_id, withdrawal.kind, withdrawal.submission)
    return bool(await tx.fetchval(_REMOVE, *removed))


async def count(rows: Rows) -> int:
    """Counts the waiting filings."""
    waiting: int = await rows.fetchval(_COUNT)
    return waiting
