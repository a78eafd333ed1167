"""A case: where it stands, its filings, and the steps of its time line (REV-6, REV-7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from services.review.rules.route import Unit, path_of
from shared.identifiers.regions import Level


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
    ARCHIVED = "archived"
    DELETED = "deleted"


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
class Closure:
    """That a subject was closed for ever, `what` being archived or deleted, by whom and why."""

    subject_id: UUID
    what: StepKind
    reason: str
    by_id: UUID
    by_name: str


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
