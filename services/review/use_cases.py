"""The use cases of review, one transaction each: open and close cases, decide, request a return."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from services.review.rules import life_cycle as rules
from services.review.rules.case import Case, Change, Closure, Judgement, Stage, StepKind
from services.review.rules.events import check_return_request, event_of, moved_on
from services.review.rules.problems import ParentClosed, TooManyCases
from services.review.rules.route import Unit, Units, first_of, path_of
from services.review.store import cases, reading, units, waiting
from services.review.store import closures as closure_store
from services.review.store.visibility import Visibility
from shared.contracts.event import Event
from shared.contracts.registry.events import RecordClosed, SubmissionFiled, SubmissionWithdrawn, UnitRegistered
from shared.identifiers.regions import seat_of
from shared.jobs.handlers import start_job
from shared.messaging.failures import NotYet
from shared.postgres.transaction import Transaction
from shared.problems import NotFound, RuleBroken
from shared.security.caller import Caller


class FilingNotHereYet(NotYet):
    """The withdrawal of a filing has arrived before the filing, which comes on another queue."""


Key = tuple[UUID, str]

MOST_AT_ONCE = 500
CLOSURES = "review.closures"
_TAKEN_UP = 1000


async def register_unit(tx: Transaction, registered: UnitRegistered) -> None:
    """Registers a unit and opens the cases of filings that waited for it (REV-2)."""
    unit = Unit(registered.subject_id, seat_of(registered.region), registered.name)
    await units.save(tx, unit, registered.subject_version)
    while taken := await waiting.take(tx, unit.seat, _TAKEN_UP):
        await open_cases(tx, taken, received=False)


async def open_cases(tx: Transaction, filed: Sequence[SubmissionFiled], *, received: bool = True) -> None:
    """Opens or reopens the case of each newest filing at the first unit of its route.

    If no unit of the route is registered, the filing waits for one; `received` is false for filings that have
    waited, which follow from the unit's registration.
    """
    newest: dict[Key, SubmissionFiled] = {
        (one.subject_id, one.kind): one for one in sorted(filed, key=lambda one: one.submission)
    }
    firsts = await _firsts(tx, newest)
    routed = {key: one for key, one in newest.items() if key in firsts}
    if not routed:
        return
    closures = await closure_store.share(tx, _subjects_of(routed.values()))
    locked = await cases.lock_filed(tx, [(one, firsts[key]) for key, one in routed.items()])
    by_key = {(case.subject_id, case.kind): case for case in locked}
    opened = {
        key: change
        for key, filing in routed.items()
        if (change := rules.filed(by_key[key], filing, firsts[key], tx.now))
    }
    if opened:
        await cases.save(tx, list(opened.values()))
        await cases.save_filings(tx, {change.after.case_id: routed[key] for key, change in opened.items()})
    for key, change in opened.items():
        _record(tx, change, because_of=routed[key] if received else None)
    await _close(tx, [change.after for change in opened.values()], closures)


async def withdraw_cases(tx: Transaction, withdrawals: Sequence[SubmissionWithdrawn]) -> None:
    """Closes the cases of filings that their maintainers have withdrawn (INS-7)."""
    by_key = {(one.subject_id, one.kind): one for one in sorted(withdrawals, key=lambda one: one.submission)}
    locked = {(one.subject_id, one.kind): one for one in await cases.lock_withdrawn(tx, list(by_key.values()))}
    changes = []
    for key, withdrawal in by_key.items():
        if await waiting.remove(tx, withdrawal):
            continue
        case = locked.get(key)
        if case is None or case.submission < withdrawal.submission:
            raise FilingNotHereYet(f"submission {withdrawal.submission} of {withdrawal.subject_id}")
        if change := rules.withdrawn(case, withdrawal, tx.now):
            changes.append((change, withdrawal))
    if changes:
        await cases.save(tx, [change for change, _ in changes])
    for change, withdrawal in changes:
        _record(tx, change, because_of=withdrawal)


async def close_subjects(tx: Transaction, closed: Sequence[RecordClosed]) -> None:
    """Closes the cases of archived or deleted subjects; a job closes those of what belongs to them (INS-5)."""
    closures = {
        one.subject_id: Closure(one.subject_id, StepKind(one.cause), one.reason, one.closed_by, one.closed_by_name)
        for one in closed
    }
    await closure_store.save(tx, list(closures.values()))
    await _close(tx, await cases.lock_subjects(tx, closed), closures)
    for subject_id in closures:
        await start_job(tx, CLOSURES, {"subject_id": str(subject_id)}, key=f"{CLOSURES}:{subject_id}")


async def close_children(tx: Transaction, subject_id: UUID, at_most: int) -> int:
    """Closes the next cases of what belongs to a closed subject; returns how many there were."""
    found = await closure_store.open_children(tx, subject_id, at_most)
    await _close(tx, await cases.lock_ids(tx, found), await closure_store.among(tx, [subject_id]))
    return len(found)


async def _close(tx: Transaction, open_cases: Sequence[Case], closures: Mapping[UUID, Closure]) -> None:
    """Closes those of the cases whose subjects, or what these belong to, are closed."""
    changes = []
    for case in open_cases:
        closure = closures.get(case.subject_id) or (case.parent_id and closures.get(case.parent_id))
        if closure and (change := rules.closed(case, closure, tx.now)):
            changes.append(change)
    if changes:
        await cases.save(tx, changes)
    for change in changes:
        _record(tx, change)


async def decide(tx: Transaction, caller: Caller, case_id: UUID, version: int, judgement: Judgement) -> None:
    """A reviewer decides on a case that their unit holds (REV-3, REV-5).

    Raises CaseMovedOn if the case has changed since the reviewer saw it, NotFound if they may not see it.
    """
    refused = (await decide_many(tx, caller, {case_id: version}, judgement))[case_id]
    if refused is not None:
        raise refused


async def decide_many(
    tx: Transaction, caller: Caller, seen: Mapping[UUID, int], judgement: Judgement
) -> dict[UUID, RuleBroken | None]:
    """A reviewer gives many cases one verdict; returns the refusal of each, or None (REV-8).

    `seen` are the cases with the versions that the reviewer saw.
    """
    TooManyCases.unless(len(seen) <= MOST_AT_ONCE, most=MOST_AT_ONCE)
    refused: dict[UUID, RuleBroken | None] = {case_id: NotFound() for case_id in seen}
    locked = await cases.lock_many(tx, list(seen), Visibility.of(caller))
    on_paths = await units.at_seats(tx, {seat for case in locked for seat in case.path})
    parents = await cases.of_subjects(tx, [case.parent_id for case in locked if case.parent_id])
    closed = await closure_store.among(tx, [case.parent_id for case in locked if case.parent_id])
    changes = []
    for case in locked:
        try:
            ParentClosed.unless(case.parent_id not in closed)
            await _check_seen(tx, caller, case, seen[case.case_id])
            changes.append(_decided(case, judgement, on_paths, parents, tx))
            refused[case.case_id] = None
        except RuleBroken as problem:
            refused[case.case_id] = problem
    await _keep(tx, changes)
    return refused


async def request_return(tx: Transaction, caller: Caller, case_id: UUID, reason: str) -> None:
    """A maintainer asks the unit that holds the case to return it (INS-7)."""
    case = await cases.lock(tx, case_id, Visibility.of(caller))
    if case is None:
        raise NotFound
    check_return_request(case)
    await _keep(tx, [rules.return_requested(case, reason, tx.now)])


def _decided(
    case: Case, judgement: Judgement, on_paths: Units, parents: Mapping[UUID, Case], tx: Transaction
) -> Change:
    passed = case.parent_id is None or rules.passed_at(parents.get(case.parent_id), case.unit)
    return rules.decided(case, judgement, on_paths, tx.now, parent_passed=passed)


async def _check_seen(tx: Transaction, caller: Caller, case: Case, version: int) -> None:
    here = case.stage is Stage.UNDER_REVIEW and case.unit.unit_id == caller.unit_id
    if case.version != version or not here:
        raise moved_on(case, await reading.last_step(tx, case.case_id))


async def _keep(tx: Transaction, changes: Sequence[Change]) -> None:
    if not changes:
        return
    await cases.save(tx, changes)
    for change in changes:
        _record(tx, change)
        before, after = _trace(change.before), _trace(change.after)
        tx.audit(change.after.case_id, f"case.{change.step.what.value}", before=before, after=after)


def _record(tx: Transaction, change: Change, because_of: Event | None = None) -> None:
    event = event_of(change)
    if event is not None:
        tx.record(event, because_of=because_of)


def _trace(case: Case) -> dict[str, Any]:
    return {"version": case.version, "stage": case.stage.value, "unit": str(case.unit.unit_id)}


def _subjects_of(filings: Iterable[SubmissionFiled]) -> set[UUID]:
    """The subjects of filings, and what they belong to."""
    return {subject for one in filings for subject in (one.subject_id, one.parent) if subject is not None}


async def _firsts(tx: Transaction, newest: Mapping[Key, SubmissionFiled]) -> dict[Key, Unit]:
    """Returns the first unit of each filing's route; saves filings without one as waiting."""
    paths = {key: path_of(one.kind, one.region) for key, one in newest.items()}
    registered = await units.at_seats(tx, {seat for path in paths.values() for seat in path})
    firsts = {}
    for key, path in paths.items():
        first = first_of(path, registered)
        if first is None:
            await waiting.put(tx, newest[key], path)
        else:
            firsts[key] = first
    return firsts
