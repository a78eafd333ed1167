"""How a submission fares: it is locked, moves from unit to unit, and is returned, withdrawn or approved.

Accounts, authorisations and records have this in common; each keeps the values in its own table.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Self

from shared.contracts.review.events import CaseApproved, CaseEvent, CaseMoved, CaseOpened, CaseReturned
from shared.identifiers.regions import Level


class FilingState(StrEnum):
    """Where a submission stands for the one who submitted it (REV-7: 待提交, 待审核, 退回, 审核通过; 撤回)."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"
    APPROVED = "approved"


_ENDED: dict[type[CaseEvent], FilingState] = {
    CaseReturned: FilingState.RETURNED,
    CaseApproved: FilingState.APPROVED,
}


def in_case_order(events: Iterable[CaseEvent]) -> list[CaseEvent]:
    """Returns events of cases by subject, each subject's in the order in which they happened."""
    return sorted(events, key=lambda event: (event.subject_id, event.submission, event.subject_version))


@dataclass(frozen=True, slots=True)
class Filing:
    """The state of a submission.

    `submission` counts submissions, `case_version` is that of the newest event of its case, `decided` says
    whether a unit has decided on it. `level` and `unit_name` say who holds it while it is under review, `since`
    when it came to where it is.
    """

    state: FilingState = FilingState.DRAFT
    submission: int = 0
    decided: bool = False
    case_version: int = 0
    level: Level | None = None
    unit_name: str | None = None
    since: datetime | None = None

    @property
    def locked(self) -> bool:
        """Whether what was submitted is closed to changes (INS-7)."""
        return self.state is FilingState.SUBMITTED

    def filed(self, now: datetime) -> Self:
        """Submitted once more: locked, and with no unit yet."""
        return type(self)(FilingState.SUBMITTED, self.submission + 1, since=now)

    def withdrawn(self, now: datetime) -> Self:
        """Taken back by the one who submitted it."""
        return replace(self, state=FilingState.WITHDRAWN, level=None, unit_name=None, since=now)

    def reopened(self, now: datetime) -> Self:
        """Taken up for changes again, after which it has to be submitted anew."""
        return replace(self, state=FilingState.DRAFT, level=None, unit_name=None, since=now)

    def apply(self, event: CaseEvent) -> Self:
        """What becomes of it by an event of its case; an older one, or of an earlier submission, changes nothing.

        Versions are compared within a submission only, since each submission may open a case of its own. A unit
        that approved before it knew of the withdrawal has decided: the approval counts.
        """
        if event.submission != self.submission or event.subject_version <= self.case_version:
            return self
        if self.state is FilingState.WITHDRAWN and not isinstance(event, CaseApproved):
            return self
        newer = replace(self, case_version=event.subject_version, since=event.happened_at)
        if isinstance(event, CaseOpened):
            return replace(newer, level=event.level, unit_name=event.unit_name)
        if isinstance(event, CaseMoved):
            return replace(newer, level=event.level, unit_name=event.unit_name, decided=True)
        state = _ENDED.get(type(event), self.state)
        return replace(newer, state=state, level=None, unit_name=None, decided=True)
