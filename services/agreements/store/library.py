"""The official library: its entries, and the runs that make them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.agreements.rules import Agreement, Entry
from services.agreements.store.agreements import SELECT, agreement_of
from shared.postgres.transaction import Rows, Transaction

_BEGIN = """
INSERT INTO library_run (run_id, started_at)
SELECT $1, $2 WHERE NOT EXISTS (SELECT FROM library_run WHERE started_at > $3)
ON CONFLICT DO NOTHING RETURNING 1
"""
_FORGET_EMPTY = "DELETE FROM library_run WHERE entered = 0 AND finished_at IS NOT NULL AND run_id <> $1"

# A second replica finds the row locked, and nothing to do.
_LOCK_OPEN = """
SELECT run_id, started_at, reached FROM library_run WHERE finished_at IS NULL FOR UPDATE SKIP LOCKED
"""

# What a party is just changing is left to the next run; so is what became due after this one began.
_LOCK_DUE = f"""
{SELECT}
WHERE entered_version < agreement.version
    AND (state = 'confirmed' OR (state = 'terminated' AND entered_version > 0))
    AND agreement_id > $1 AND changed_at <= $2 AND provider.code IS NOT NULL
ORDER BY agreement_id LIMIT $3 FOR UPDATE OF agreement SKIP LOCKED
"""

_LAST_ENTRY = "SELECT coalesce(max(entry), 0) FROM library_entry"
_INSERT_ENTRIES = """
INSERT INTO library_entry (entry, agreement_id, version, withdrawn, data, run_id, entered_at)
SELECT *, $6, $7 FROM unnest($1::bigint[], $2::uuid[], $3::bigint[], $4::boolean[], $5::jsonb[])
"""
_SAVE_ENTERED = """
UPDATE agreement SET
    entered_version = version, entered_at = $4, event_version = new.event_version, entry = new.entry
FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS new (agreement_id, event_version, entry)
WHERE agreement.agreement_id = new.agreement_id
"""
_SAVE_RUN = """
UPDATE library_run SET reached = $2, entered = entered + $3, finished_at = $4 WHERE run_id = $1
"""
_RUNS = """
SELECT run_id, started_at, finished_at, entered FROM library_run
WHERE run_id < $1 ORDER BY run_id DESC LIMIT $2
"""


@dataclass(frozen=True, slots=True)
class Run:
    """A run in its middle: the agreement that it has reached, in the order of their identifiers."""

    run_id: UUID
    started_at: datetime
    reached: UUID


async def begin(tx: Transaction, run_id: UUID, not_since: datetime) -> bool:
    """Opens a run unless one is open or has begun since; forgets the finished ones that entered nothing."""
    if not await tx.fetchval(_BEGIN, run_id, tx.now, not_since):
        return False
    await tx.execute(_FORGET_EMPTY, run_id)
    return True


async def lock_open(tx: Transaction) -> Run | None:
    """The open run; None where there is none, or another replica is working on it."""
    row = await tx.fetchrow(_LOCK_OPEN)
    return Run(**row) if row else None


async def lock_due(tx: Transaction, run: Run, at_most: int) -> list[Agreement]:
    """The next agreements that a run has to enter, locked."""
    rows = await tx.fetch(_LOCK_DUE, run.reached, run.started_at, at_most)
    return [agreement_of(row) for row in rows]


async def last_entry(rows: Rows) -> int:
    """The number of the library's last entry, 0 where it is empty."""
    number: int = await rows.fetchval(_LAST_ENTRY)
    return number


async def enter(tx: Transaction, run: Run, entries: Sequence[Entry]) -> None:
    """Writes entries, and into their agreements that they have been entered."""
    if not entries:
        return
    agreements = [entry.agreement for entry in entries]
    numbers = [entry.number for entry in entries]
    ids = [one.agreement_id for one in agreements]
    await tx.execute(
        _INSERT_ENTRIES,
        numbers,
        ids,
        [one.version for one in agreements],
        [entry.withdrawn for entry in entries],
        [entry.data for entry in entries],
        run.run_id,
        tx.now,
    )
    await tx.execute(_SAVE_ENTERED, ids, [one.event_version for one in agreements], numbers, tx.now)


async def save_run(tx: Transaction, run: Run, entered: int, finished_at: datetime | None) -> None:
    """Writes how far a run has come."""
    await tx.execute(_SAVE_RUN, run.run_id, run.reached, entered, finished_at)


async def runs(rows: Rows, after: UUID, limit: int) -> list[Any]:
    """The runs, the newest first."""
    return await rows.fetch(_RUNS, after, limit)
