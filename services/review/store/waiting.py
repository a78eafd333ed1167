"""Filings that wait for a unit of their route to be registered."""

from collections.abc import Sequence

from shared.contracts.registry.events import SubmissionFiled, SubmissionWithdrawn
from shared.postgres.columns import Column, Columns
from shared.postgres.transaction import Rows, Transaction

_FILING: Columns[SubmissionFiled] = Columns(
    {
        "subject_id": "uuid",
        "kind": "text",
        "submission": "integer",
        "event": Column("jsonb", lambda one: one.model_dump(mode="json")),
    },
    key=["subject_id", "kind"],
)
_PUT = f"""
INSERT INTO waiting_filing AS kept ({_FILING.columns}, seats, since)
VALUES ({_FILING.parameters}, {_FILING.parameter(1)}, {_FILING.parameter(2)})
ON CONFLICT (subject_id, kind) DO UPDATE SET
    {_FILING.assignments("excluded")}, seats = excluded.seats, since = excluded.since
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
    await tx.execute(_PUT, *_FILING.values(filing), seats, tx.now)


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
