"""The life cycle of a case: filed, reported upward, sent down, returned, approved (REV-2, REV-3, REV-7, INS-7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from services.review.rules.problems import NobodyAbove, NobodyBelow, ParentNotApproved
from services.review.rules.route import Unit, Units, above, below, path_of
from shared.contracts.registry.events import SubmissionFiled, SubmissionWithdrawn
from shared.identifiers.regions import Level, covers
from shared.problems import FieldProblem, FieldsRefused, RuleBroken


class Stage(StrEnum):
    """The stage that the maintainer sees: 待审核, 退回, 审核通过, 已撤回."""

    UNDER_REVIEW = "under_review"
    RETURNED = "returned"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"


class State(StrEnum):
    """The state of a case at a unit that received it (REV-6)."""

    TO_DO = "to_do"
    REPORTED = "reported"
    RETURNED = "returned"


class StepKind(StrEnum):
    """The kinds of steps in a time line."""

    FILED = "filed"
    REPORTED = "reported"
    SENT_DOWN = "sent_down"
    RETURNED = "returned"
    APPROVED = "approved"
    RETURN_REQUESTED = "return_requested"
    WITHDRAWN = "withdrawn"


class Decision(StrEnum):
    """The decisions of a reviewer."""

    APPROVE = "approve"
    RETURN = "return"
    SEND_DOWN = "send_down"


# Less than the number of any submission.
NOT_FILED = -1


@dataclass(frozen=True, slots=True)
class UnitStatus:
    """The state of a case at one unit; `finished`: reported, and approved by the last level since."""

    unit: Unit
    state: State
    since: datetime
    finished: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """A case; `unit` holds it under review, afterwards it is the unit that ended the round."""

    case_id: UUID
    kind: str
    subject_id: UUID
    version: int
    submission: int
    title: str
    region: str
    stage: Stage
    unit: Unit
    since: datetime
    filed_by: UUID
    filed_by_name: str
    return_requested_at: datetime | None = None
    # The record that this one depends on, and the submission that was approved last.
    parent_id: UUID | None = None
    approved_submission: int | None = None
    field_names: frozenset[str] = frozenset()
    unit_statuses: tuple[UnitStatus, ...] = ()

    @property
    def path(self) -> tuple[str, ...]:
        """Returns the seats on its route."""
        return path_of(self.kind, self.region)

    def with_unit_status(self, unit: Unit, state: State, at: datetime) -> "Case":
        """Returns the case with a new state at this unit."""
        others = tuple(one for one in self.unit_statuses if one.unit.unit_id != unit.unit_id)
        return replace(self, unit_statuses=(*others, UnitStatus(unit, state, at)))


@dataclass(frozen=True, slots=True)
class Reason:
    """The reason why a field has to be corrected; the empty field name means the whole filing."""

    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """A reviewer's decision with its reasons."""

    decision: Decision
    by_id: UUID
    by_name: str
    note: str = ""
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Filing:
    """The submitted values of a form's edition, the attachments, and the local demands at that time (REV-9)."""

    submission: int
    form_edition: str
    values: dict[str, Any]
    attachments: list[dict[str, Any]]
    demands: list[dict[str, Any]] = field(default_factory=list)

    @property
    def documents(self) -> dict[str, Any]:
        """Maps fields to the documents of their attachments."""
        return {one["field"]: one["document_id"] for one in self.attachments}


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of a time line: the step that led to `version`, taken by or (filings) at a unit."""

    version: int
    submission: int
    at: datetime
    what: StepKind
    unit_id: UUID
    unit_name: str
    level: Level
    by_id: UUID
    by_name: str
    note: str = ""
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """A case before and after a step."""

    before: Case
    after: Case
    step: Step


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


def changed_fields(before: Filing | None, now: Filing) -> tuple[str, ...]:
    """Lists the fields and attachments that differ from the version in force; empty without one."""
    if before is None:
        return ()
    return (*_differing(before.values, now.values), *_differing(before.documents, now.documents))


def _differing(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    return [name for name in dict.fromkeys((*now, *before)) if before.get(name) != now.get(name)]


def open_reasons(steps: Sequence[Step]) -> tuple[Reason, ...]:
    """Returns the open reasons: those of the last step that sent the case back."""
    moves = [one for one in steps if one.what is not StepKind.RETURN_REQUESTED]
    last = moves[-1] if moves else None
    return last.reasons if last and last.what in (StepKind.RETURNED, StepKind.SENT_DOWN) else ()


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
