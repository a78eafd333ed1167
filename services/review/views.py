"""The views of review: a case with its time line, a row of a list, the counts."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel, JsonValue

from services.review.rules.case import Case, Decision, Filing, Stage, Step, StepKind, changed_fields, open_reasons
from services.review.rules.counts import Tally
from services.review.rules.life_cycle import actions
from services.review.rules.route import Units
from shared.contracts.registry.events import Attachment, LocalDemand, SubjectKind
from shared.identifiers.regions import Level, level_of
from shared.problems import ProblemText, RuleBroken, texts_of
from shared.security.caller import Caller, Role


@dataclass(frozen=True, slots=True)
class SeenCase:
    """A case with all data of its view."""

    case: Case
    filing: Filing
    in_force: Filing | None
    steps: Sequence[Step]
    units: Units
    parent_passed: bool


class ReasonView(BaseModel):
    """The reason why a field has to be corrected; no field name means the whole filing."""

    field: str
    reason: str


class StepView(BaseModel):
    """One entry of the time line (REV-7); maintainers see the unit but not the person who decided."""

    at: datetime
    what: StepKind
    submission: int
    level: Level
    unit_name: str
    by_name: str | None
    note: str
    reasons: list[ReasonView]


class FilingView(BaseModel):
    """The values of a form's edition, and the attachments."""

    submission: int
    form_edition: str
    values: dict[str, JsonValue]
    attachments: list[Attachment]

    @classmethod
    def of(cls, filing: Filing) -> Self:
        """Builds the view of a filing."""
        return cls.model_validate(asdict(filing))


class BlockedDecision(ProblemText):
    """A decision that has to wait, and the reason, shown in advance (REV-5)."""

    decision: Decision

    @classmethod
    def of(cls, decision: Decision, reason: RuleBroken) -> Self:
        """Builds it from the refusal that the decision would get."""
        return cls(decision=decision, **texts_of(reason))


class CaseView(BaseModel):
    """A case: the filing, its place and stage, its time line, and the caller's possible decisions.

    `in_force` is the version that was approved before, `changed` the fields in which this one differs from it
    (REV-10).
    """

    case_id: UUID
    version: int
    kind: str
    subject_id: UUID
    submission: int
    title: str
    region: str
    stage: Stage
    level: Level
    unit_id: UUID
    unit_name: str
    since: datetime
    return_requested_at: datetime | None
    form_edition: str
    values: dict[str, JsonValue]
    attachments: list[Attachment]
    demands: list[LocalDemand]
    reasons: list[ReasonView]
    parent_id: UUID | None
    in_force: FilingView | None
    changed: list[str]
    actions: list[Decision]
    blocked: list[BlockedDecision]
    timeline: list[StepView]


class CaseLine(BaseModel):
    """A row of a unit's list; `since` is when the case came to its current state there."""

    case_id: UUID
    version: int
    kind: str
    subject_id: UUID
    title: str
    region: str
    level: Level
    state: str
    since: datetime
    submission: int
    return_requested: bool


class CountsOfKind(BaseModel):
    """How many cases a unit received; received = to do + reported + returned, finished is part of reported."""

    received: int
    to_do: int
    reported: int
    returned: int
    finished: int


class Counts(CountsOfKind):
    """The unit's counts in total, and by kind."""

    by_kind: dict[str, CountsOfKind]


def case_view(seen: SeenCase, caller: Caller) -> CaseView:
    """Builds the view of a case for this caller."""
    case, filing = seen.case, seen.filing
    is_reviewer = caller.role is Role.REVIEWER
    possible = actions(case, caller.unit_id, seen.units, parent_passed=seen.parent_passed) if is_reviewer else {}
    return CaseView(
        **{name: getattr(case, name) for name in CaseView.model_fields if hasattr(case, name)},
        level=case.unit.level,
        unit_id=case.unit.unit_id,
        unit_name=case.unit.name,
        form_edition=filing.form_edition,
        values=filing.values,
        attachments=[Attachment.model_validate(one) for one in filing.attachments],
        demands=[LocalDemand.model_validate(one) for one in filing.demands],
        in_force=FilingView.of(seen.in_force) if seen.in_force else None,
        changed=list(changed_fields(seen.in_force, filing)),
        reasons=[ReasonView(field=one.field, reason=one.reason) for one in open_reasons(seen.steps)],
        actions=[one for one, reason in possible.items() if reason is None],
        blocked=[BlockedDecision.of(one, reason) for one, reason in possible.items() if reason is not None],
        timeline=[_step_view(one, names=is_reviewer) for one in seen.steps],
    )


def _step_view(step: Step, *, names: bool) -> StepView:
    # Who archived is a unit, not a person.
    shown_to_all = (
        *(StepKind.FILED, StepKind.RETURN_REQUESTED, StepKind.WITHDRAWN),
        *(StepKind.ARCHIVED, StepKind.DELETED),
    )
    return StepView(
        at=step.at,
        what=step.what,
        submission=step.submission,
        level=step.level,
        unit_name=step.unit_name,
        by_name=step.by_name if names or step.what in shown_to_all else None,
        note=step.note,
        reasons=[ReasonView(field=one.field, reason=one.reason) for one in step.reasons],
    )


def case_line(row: Any) -> CaseLine:
    """Builds a row of a list."""
    state = "finished" if row["finished"] else row["state"]
    plain = {name: row[name] for name in CaseLine.model_fields if name not in ("level", "state")}
    return CaseLine(**plain, level=level_of(row["seat"]), state=state)


def counts_view(tallies: dict[str, Tally]) -> Counts:
    """Builds the counts by kind, including known kinds without cases, and the total."""
    by_kind = {kind: _counts(tallies.get(kind, Tally())) for kind in sorted({*map(str, SubjectKind), *tallies})}
    total = _counts(sum(tallies.values(), Tally()))
    return Counts(**total.model_dump(), by_kind=by_kind)


def _counts(tally: Tally) -> CountsOfKind:
    return CountsOfKind(**{name: getattr(tally, name) for name in CountsOfKind.model_fields})
