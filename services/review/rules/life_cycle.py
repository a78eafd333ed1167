"""The life cycle of a case: filed, reported upward, sent down, returned, approved (REV-2, REV-3, REV-7, INS-7)."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.review.rules.case import (
    NOT_FILED,
    Case,
    Change,
    Closure,
    Decision,
    Judgement,
    Stage,
    State,
    Step,
    StepKind,
    UnitStatus,
)
from services.review.rules.problems import NobodyAbove, NobodyBelow, ParentNotApproved
from services.review.rules.route import Unit, Units, above, below
from shared.contracts.registry.events import SubmissionFiled, SubmissionWithdrawn
from shared.identifiers.regions import Level, covers
from shared.problems import FieldProblem, FieldsRefused, RuleBroken


def unfiled(case_id: UUID, filing: SubmissionFiled, first: Unit, now: datetime) -> Case:
    """Returns the case of a subject before its first filing, at the unit that begins its route (version 0)."""
    return Case(
        case_id=case_id,
        kind=filing.kind,
        subject_id=filing.subject_id,
        version=0,
        submission=NOT_FILED,
        title="",
        region=filing.region,
        stage=Stage.UNDER_REVIEW,
        unit=first,
        since=now,
        filed_by=filing.filed_by,
        filed_by_name=filing.filed_by_name,
    )


def filed(case: Case, filing: SubmissionFiled, first: Unit, now: datetime) -> Change | None:
    """Starts a newer filing at the beginning of its route; ignores an older or repeated one.

    Units outside the region that the filing now has lose the case from their lists (REV-4).
    """
    if filing.submission <= case.submission:
        return None
    after = replace(
        case,
        submission=filing.submission,
        title=filing.title,
        region=filing.region,
        parent_id=filing.parent,
        stage=Stage.UNDER_REVIEW,
        filed_by=filing.filed_by,
        filed_by_name=filing.filed_by_name,
        return_requested_at=None,
        unit_statuses=tuple(
            replace(one, finished=False) for one in case.unit_statuses if covers(one.unit.seat, filing.region)
        ),
    )
    return _step(
        case, _arrived(after, first, now), StepKind.FILED, first, filing.filed_by, filing.filed_by_name, now
    )


def withdrawn(case: Case, withdrawal: SubmissionWithdrawn, now: datetime) -> Change | None:
    """Withdraws the case, which no unit has to do any more (INS-7).

    A round that has ended already stays unchanged.
    """
    if withdrawal.submission != case.submission or case.stage is not Stage.UNDER_REVIEW:
        return None
    unit_statuses = tuple(one for one in case.unit_statuses if one.state is not State.TO_DO)
    ended = replace(case, stage=Stage.WITHDRAWN, since=now, unit_statuses=unit_statuses, return_requested_at=None)
    return _step(case, ended, StepKind.WITHDRAWN, case.unit, case.filed_by, case.filed_by_name, now)


def closed(case: Case, closure: Closure, now: datetime) -> Change | None:
    """Closes the case of a subject that is archived or deleted, or belongs to one; nobody has to do it any more.

    A case that was approved stays so, and its time line says what happened.
    """
    if case.stage is Stage.WITHDRAWN:
        return None
    stage = Stage.APPROVED if case.stage is Stage.APPROVED else Stage.WITHDRAWN
    unit_statuses = tuple(one for one in case.unit_statuses if one.state is not State.TO_DO)
    ended = replace(case, stage=stage, since=now, unit_statuses=unit_statuses, return_requested_at=None)
    change = _step(case, ended, closure.what, case.unit, closure.by_id, closure.by_name, now)
    return replace(change, step=replace(change.step, note=closure.reason))


def decided(
    case: Case, judgement: Judgement, units: Units, now: datetime, *, parent_passed: bool = True
) -> Change:
    """Returns the case after its unit's decision; the caller has checked that the unit holds it.

    `parent_passed` says whether the record that it depends on has been approved at this unit (REV-5).
    """
    _check_reasons(case, judgement)
    if judgement.decision is Decision.APPROVE:
        ParentNotApproved.unless(parent_passed)
    outcome = {Decision.APPROVE: _approved, Decision.RETURN: _returned, Decision.SEND_DOWN: _sent_down}
    after, what = outcome[judgement.decision](case, units, now)
    by_id, by_name = judgement.by_id, judgement.by_name
    change = _step(case, after, what, case.unit, by_id, by_name, now)
    return replace(change, step=replace(change.step, note=judgement.note, reasons=judgement.reasons))


def return_requested(case: Case, reason: str, now: datetime) -> Change:
    """Records the maintainer's request for return (INS-7); the unit still holds the case."""
    after = replace(case, return_requested_at=now)
    change = _step(case, after, StepKind.RETURN_REQUESTED, case.unit, case.filed_by, case.filed_by_name, now)
    return replace(change, step=replace(change.step, note=reason))


def actions(
    case: Case, unit_id: UUID | None, units: Units, *, parent_passed: bool
) -> dict[Decision, RuleBroken | None]:
    """Lists the decisions that a reviewer of this unit can make now, with the reason if one has to wait."""
    if case.stage is not Stage.UNDER_REVIEW or case.unit.unit_id != unit_id:
        return {}
    approve: RuleBroken | None = None
    if not parent_passed:
        approve = ParentNotApproved()
    elif case.unit.level is not Level.NATION and above(case.path, case.unit, units) is None:
        approve = NobodyAbove()
    down: dict[Decision, RuleBroken | None] = {}
    if below(case.path, case.unit, units):
        down = {Decision.SEND_DOWN: None}
    return {Decision.APPROVE: approve, Decision.RETURN: None, **down}


def passed_at(parent: Case | None, unit: Unit) -> bool:
    """Whether a record has been approved at a unit, in this round or in the version in force (REV-5)."""
    if parent is None:
        return False
    if parent.approved_submission is not None:
        return True
    return any(one.unit.unit_id == unit.unit_id and one.state is State.REPORTED for one in parent.unit_statuses)


def _arrived(case: Case, unit: Unit, now: datetime) -> Case:
    return replace(case.with_unit_status(unit, State.TO_DO, now), unit=unit, since=now)


def _approved(case: Case, units: Units, now: datetime) -> tuple[Case, StepKind]:
    reported = case.with_unit_status(case.unit, State.REPORTED, now)
    superior = above(case.path, case.unit, units)
    if superior:
        return _arrived(reported, superior, now), StepKind.REPORTED
    NobodyAbove.unless(case.unit.level is Level.NATION)
    finished = tuple(replace(one, finished=one.state is State.REPORTED) for one in reported.unit_statuses)
    ended = replace(
        reported,
        stage=Stage.APPROVED,
        since=now,
        unit_statuses=finished,
        return_requested_at=None,
        approved_submission=case.submission,
    )
    return ended, StepKind.APPROVED


def _returned(case: Case, _units: Units, now: datetime) -> tuple[Case, StepKind]:
    unit_statuses = tuple(
        one if one.state is State.RETURNED else UnitStatus(one.unit, State.RETURNED, now)
        for one in case.unit_statuses
    )
    ended = replace(case, stage=Stage.RETURNED, since=now, unit_statuses=unit_statuses, return_requested_at=None)
    return ended, StepKind.RETURNED


def _sent_down(case: Case, units: Units, now: datetime) -> tuple[Case, StepKind]:
    lower = below(case.path, case.unit, units)
    if lower is None:
        raise NobodyBelow
    return _arrived(case.with_unit_status(case.unit, State.RETURNED, now), lower, now), StepKind.SENT_DOWN


def _step(
    before: Case, after: Case, what: StepKind, unit: Unit, by_id: UUID, by_name: str, now: datetime
) -> Change:
    newer = replace(after, version=before.version + 1)
    step = Step(newer.version, newer.submission, now, what, unit.unit_id, unit.name, unit.level, by_id, by_name)
    return Change(before, newer, step)


def _check_reasons(case: Case, judgement: Judgement) -> None:
    """Checks that a return has reasons, each at a field of the filing or the whole filing (REV-3)."""
    problems = [
        FieldProblem(
            field=f"reasons.{number}.field",
            code="unknown-field",
            zh=f"本次填报中没有“{one.field}”这一项。",
            en=f"The filing has no field {one.field!r}.",
        )
        for number, one in enumerate(judgement.reasons)
        if one.field and one.field not in case.field_names
    ]
    if judgement.decision is Decision.RETURN and not judgement.reasons:
        problems = [
            FieldProblem(
                field="reasons",
                code="reasons-required",
                zh="退回时请至少说明一条原因。",
                en="A return needs at least one reason.",
            )
        ]
    if problems:
        raise FieldsRefused(fields=tuple(problems))
