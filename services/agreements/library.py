"""The scheduled entry into the official library (AGR-7), slice by slice, in every replica.

A slice is one transaction: entries, events and how far the run has come. Whoever is killed in the middle of
one leaves the run where the last slice ended, and the next replica that looks goes on from there.
"""

import asyncio
from datetime import timedelta

import structlog

from services.agreements import rules
from services.agreements.rules import Agreement, Entry
from services.agreements.store import library
from services.agreements.store.library import Run
from services.agreements.use_cases import event_of
from shared.contracts.agreements.events import AgreementEntered
from shared.ids import new_id
from shared.postgres.transaction import Cause, Transaction, UnitOfWork

log = structlog.get_logger()

LONGEST_PAUSE_SECONDS = 5.0


async def begin_if_due(tx: Transaction, every: timedelta) -> bool:
    """Opens a run unless one is open already or the last began less than the interval ago."""
    return await library.begin(tx, new_id(), tx.now - every)


async def enter_slice(tx: Transaction, at_most: int) -> int | None:
    """Takes the next slice of the open run; None where nothing of it is left to this replica."""
    run = await library.lock_open(tx)
    if run is None:
        return None
    due = await library.lock_due(tx, run, at_most)
    entries = rules.entries(due, await library.last_entry(tx), tx.now)
    await library.enter(tx, run, entries)
    for entry in entries:
        _record(tx, entry)
    is_last = len(due) < at_most
    await library.save_run(tx, _reached(run, due), len(entries), tx.now if is_last else None)
    return None if is_last else len(entries)


def _record(tx: Transaction, entry: Entry) -> None:
    """Records the entry; a withdrawal was recorded when the agreement was deleted."""
    if not entry.withdrawn:
        tx.record(event_of(AgreementEntered, entry.agreement, tx, entry=entry.number))


def _reached(run: Run, due: list[Agreement]) -> Run:
    return Run(run.run_id, run.started_at, due[-1].agreement_id) if due else run


class Schedule:
    """Looks every few seconds whether a run is due, or has been left open by a replica that is gone."""

    def __init__(self, work: UnitOfWork, every_seconds: float, at_most: int) -> None:
        self._work = work
        self._every = timedelta(seconds=every_seconds)
        self._pause = min(every_seconds, LONGEST_PAUSE_SECONDS)
        self._at_most = at_most

    async def keep(self) -> None:
        """Runs for as long as the service does."""
        while True:
            try:
                await self.run()
            except Exception:  # a run that failed is gone on with, and must not end the schedule
                log.exception("library_run_interrupted")
            await asyncio.sleep(self._pause)

    async def run(self) -> None:
        """Begins a run if one is due, and takes slices of the open one until it is done."""
        cause = Cause.itself("library run")
        async with self._work.begin(cause) as tx:
            await begin_if_due(tx, self._every)
        entered: int | None = 0
        while entered is not None:
            async with self._work.begin(cause) as tx:
                entered = await enter_slice(tx, self._at_most)
