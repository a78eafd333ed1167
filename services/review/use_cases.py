"""What review does, one transaction each: hear of units and filings, decide, ask for a return."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from services.review.rules import cases as rules
from services.review.rules.cases import Case, Change, Judgement, Stage
from services.review.rules.events import check_return_request, event_of, moved_on
from services.review.rules.route import Unit, first_of, path_of
from services.review.store import cases, reading, units
from services.review.store.visibility import Visibility
from shared.contracts.registry.events import SubmissionFiled, UnitRegistered
from shared.identifiers.regions import seat_of
from shared.postgres.transaction import Transaction
from shared.problems import NotFound
from shared.security.caller import Caller


class NoUnitYet(Exception):
    """Nobody on a filing's route is registered yet: it waits and is tried again, until somebody is."""


async def unit_registered(tx: Transaction, registered: UnitRegistered) -> None:
    """Filings and cases on their way up stop at this unit from now on (REV-2)."""
    unit = Unit(registered.subject_id, seat_of(registered.region), registered.name)
    await units.save(tx, unit, registered.subject_version)


async def submissions_filed(tx: Transaction, filed: Sequence[SubmissionFiled]) -> None:
    """Each newest filing opens its subject's case, or opens it again, at the first unit of its route."""
    newest = {(one.subject_id, one.kind): one for one in sorted(filed, key=lambda one: one.submission)}
    firsts = await _firsts(tx, list(newest.values()))
    locked = await cases.lock_filed(tx, [(one, firsts[key]) for key, one in newest.items()])
    by_key = {(case.subject_id, case.kind): case for case in locked}
    opened = {
        key: change
        for key, filing in newest.items()
        if (change := rules.filed(by_key[key], filing, firsts[key], tx.now))
    }
    if not opened:
        return
    await cases.save(tx, list(opened.values()))
    await cases.save_filings(tx, {change.after.case_id: newest[key] for key, change in opened.items()})
    for key, change in opened.items():
        _record(tx, change, because_of=newest[key])


async def decide(tx: Transaction, caller: Caller, case_id: UUID, version: int, judgement: Judgement) -> None:
    """A reviewer decides on a case that lies at their unit (REV-3).

    Raises CaseMovedOn when it is not what or where the reviewer saw it, NotFound when it is not theirs to see.
    """
    case = await _locked(tx, caller, case_id)
    here = case.stage is Stage.UNDER_REVIEW and case.unit.unit_id == caller.unit_id
    if case.version != version or not here:
        raise moved_on(case, await reading.last_step(tx, case_id))
    on_path = await units.at_seats(tx, case.path)
    await _keep(tx, rules.decided(case, judgement, on_path, tx.now))


async def request_return(tx: Transaction, caller: Caller, case_id: UUID, reason: str) -> None:
    """The maintainer who filed asks the unit that holds the case to return it (INS-7)."""
    case = await _locked(tx, caller, case_id)
    check_return_request(case)
    await _keep(tx, rules.return_requested(case, reason, tx.now))


async def _locked(tx: Transaction, caller: Caller, case_id: UUID) -> Case:
    case = await cases.lock(tx, case_id, Visibility.of(caller))
    if case is None:
        raise NotFound
    return case


async def _keep(tx: Transaction, change: Change) -> None:
    await cases.save(tx, [change])
    _record(tx, change)
    before, after = _trace(change.before), _trace(change.after)
    tx.audit(change.after.case_id, change.step.what.value, before=before, after=after)


def _record(tx: Transaction, change: Change, because_of: SubmissionFiled | None = None) -> None:
    event = event_of(change)
    if event is not None:
        tx.record(event, because_of=because_of)


def _trace(case: Case) -> dict[str, Any]:
    return {"version": case.version, "stage": case.stage.value, "unit": str(case.unit.unit_id)}


async def _firsts(tx: Transaction, filed: Sequence[SubmissionFiled]) -> dict[tuple[UUID, str], Unit]:
    paths = {(one.subject_id, one.kind): path_of(one.region, nation_only=one.nation_only) for one in filed}
    registered = await units.at_seats(tx, {seat for path in paths.values() for seat in path})
    firsts = {}
    for key, path in paths.items():
        first = first_of(path, registered)
        if first is None:
            raise NoUnitYet(f"nobody is registered at any of {', '.join(path)}")
        firsts[key] = first
    return firsts
