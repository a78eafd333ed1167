"""The events of the review service: where a case is and how it ended."""

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime

from shared.contracts.event import Event
from shared.identifiers.regions import Level


class CaseEvent(Event):
    """The fields that every event of a case has; `subject_id` is the reviewed subject, `submission` its filing."""

    public: ClassVar[bool] = True

    case_id: UUID
    kind: str
    submission: int
    happened_at: AwareDatetime


class CaseOpened(CaseEvent):
    """A filing reached the first unit that reviews it."""

    type: ClassVar[str] = "review.case.opened.v1"

    unit_id: UUID
    unit_name: str
    level: Level


class CaseMoved(CaseEvent):
    """A case went to another unit: forwarded upward, or sent down by a superior unit (REV-3)."""

    type: ClassVar[str] = "review.case.moved.v1"

    unit_id: UUID
    unit_name: str
    level: Level
    upward: bool


class CaseReturned(CaseEvent):
    """A case went back to the maintainer; the reasons stay with the review, where the maintainer reads them."""

    type: ClassVar[str] = "review.case.returned.v1"

    unit_id: UUID
    unit_name: str
    level: Level
    fields: tuple[str, ...]


class CaseWithdrawn(CaseEvent):
    """A filing ended undecided: it was withdrawn, or its subject closed; `unit_id` had it (INS-7, INS-5)."""

    type: ClassVar[str] = "review.case.withdrawn.v1"

    unit_id: UUID
    unit_name: str
    level: Level


class CaseApproved(CaseEvent):
    """The last level approved."""

    type: ClassVar[str] = "review.case.approved.v1"

    unit_id: UUID
    unit_name: str
    level: Level
