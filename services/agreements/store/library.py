"""The official library: its entries, and the runs that make them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.agreements.rules import Agreement, Entry
from services.agreements.store.agreements import AGREEMENT, SELECT
from shared.postgres.columns import Column, Columns
from shared.postgres.transaction import Rows, Transaction

_DELETE_EMPTY = "DELETE FROM library_run WHERE entered = 0"
# A run whose job has failed for good is over: the next one enters what it has left.
_END_FAILED = "UPDATE library_run SET finished_at = $1 WHERE finished_at IS NULL"
_BEGIN = "INSERT INTO library_run (run_id, started_at) VALUES ($1, $2)"

# What a party is just changing is left to the next run; so is what became due after this one began.
_LOCK_DUE = f"""
{SELECT}
WHERE entered_version < agreement.version
    AND (state = 'confirmed' OR (state IN ('terminated', 'ended') AND entered_version > 0))
    AND agreement_id > $1 AND changed_at <= $2 AND provider.code IS NOT NULL
ORDER BY agreement_id LIMIT $3 FOR UPDATE OF agreement SKIP LOCKED
"""

_LAST_ENTRY = "SELECT coalesce(max(entry), 0) FROM library_entry"
_ENTRY: Columns[Entry] = Columns(
    {
        "entry": Column("bigint", "number"),
        "agreement_id": Column("uuid", "agreement.agreement_id"),
        "version": Column("bigint", "agreement.version"),
        "withdrawn": "boolean",
        "data": "jsonb",
    }
)
_ENTERED: Columns[Entry] = Columns(
    {
        "agreement_id": Column("uuid", "agreement.agreement_id"),
        "event_version": Column("bigint", "agreement.event_version"),
        "entry": Column("bigint", "number"),
    },
    key=["agreement_id"],
)
_INSERT_ENTRIES = f"""
INSERT INTO library_entry ({_ENTRY.columns}, run_id, entered_at)
SELECT {_ENTRY.columns}, {_ENTRY.parameter(1)}, {_ENTRY.parameter(2)} FROM {_ENTRY.rows}
"""
_SAVE_ENTERED = f"""
UPDATE agreement SET
    {_ENTERED.assignments("new")}, entered_version = version, entered_at = {_ENTERED.parameter(1)}
FROM {_ENTERED.rows}
WHERE agreement.agreement_id = new.agreement_id
"""
_SAVE_RUN = "UPDATE library_run SET entered = entered + $2, finished_at = $3 WHERE run_id = $1"
_RUNS = """
SELECT run_id, started_at, finished_at, entered FROM library_run
WHERE run_id < $1 ORDER BY run_id DESC LIMIT $2
"""


async def begin_run(tx: Transaction, run_id: UUID, started_at: datetime) -> None:
    """Writes a run that begins, and deletes those that entered nothing."""
    await tx.execute(_DELETE_EMPTY)
    await tx.execute(_END_FAILED, tx.now)
    await tx.execute(_BEGIN, run_id, started_at)


async def lock_due(tx: Transaction, after: UUID, until: datetime, at_most: int) -> list[Agreement]:
    """The next agreements after one that were due at a moment, locked."""
    rows = await tx.fetch(_LOCK_DUE, after, until, at_most)
    return [AGREEMENT.from_row(row) for row in rows]


async def last_entry(rows: Rows) -> int:
    """The number of the library's last entry, 0 where it is empty."""
    number: int = await rows.fetchval(_LAST_ENTRY)
    return number


async def enter(tx: Transaction, run_id: UUID, entries: Sequence[Entry]) -> None:
    """Writes entries, and into their agreements that they have been entered."""
    if entries:
        await tx.execute(_INSERT_ENTRIES, *_ENTRY.arrays(entries), run_id, tx.now)
        await tx.execute(_SAVE_ENTERED, *_ENTERED.arrays(entries), tx.now)


async def save_run(tx: Transaction, run_id: UUID, entered: int, finished_at: datetime | None) -> None:
    """Writes what a slice of a run has entered, and when the run ended."""
    await tx.execute(_SAVE_RUN, run_id, entered, finished_at)


async def runs(rows: Rows, after: UUID, limit: int) -> list[Any]:
    """The runs, the newest first."""
    return await rows.fetch(_RUNS, after, limit)
