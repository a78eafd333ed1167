"""How a filing fares: what is filed for review locks, moves from unit to unit, and comes back or is approved.

Accounts, authorisations and institutions have this in common; each keeps the six values in its own table.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from shared.contracts.review.events import CaseApproved, CaseEvent, CaseMoved, CaseOpened, CaseReturned
from shared.identifiers.regions import Level

COLUMNS = "state, submission, case_version, level, unit_name, since"


class FilingState(StrEnum):
    """Where a filing stands for the one who filed it (REV-7: 待提交, 待审核, 退回, 审核通过)."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"


@dataclass(frozen=True, slots=True)
class Filing:
    """The state of what is filed; `submission` counts filings, `case_version` is the newest case event heard.

    `level` and `unit_name` tell who holds it while it is under review, `since` when it came to where it is.
    """

    state: FilingState = FilingState.DRAFT
    submission: int = 0
    case_version: int = 0
    level: Level | None = None
    unit_name: str | None = None
    since: datetime | None = None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """The filing in a row that has its `COLUMNS`."""
        return cls(
            FilingState(row["state"]),
            row["submission"],
            row["case_version"],
            Level(row["level"]) if row["level"] else None,
            row["unit_name"],
            row["since"],
        )

    @property
    def values(self) -> tuple[Any, ...]:
        """The values of its `COLUMNS`, in their order."""
        return (self.state, self.submission, self.case_version, self.level, self.unit_name, self.since)

    @property
    def locked(self) -> bool:
        """Whether what was filed is closed to changes (INS-7)."""
        return self.state is FilingState.SUBMITTED

    def filed(self, now: datetime) -> Self:
        """Filed once more: locked, and with no unit yet."""
        return type(self)(FilingState.SUBMITTED, self.submission + 1, since=now)

    def reopened(self, now: datetime) -> Self:
        """Taken up for changes again, after which it has to be filed anew."""
        return replace(self, state=FilingState.DRAFT, level=None, unit_name=None, since=now)

    def heard(self, event: CaseEvent) -> Self:
        """What becomes of it by an event of its case; one of an earlier filing or an older one changes nothing.

        Versions are compared within a filing only, since each filing may open a case of its own.
        """
        if event.submission != self.submission or event.subject_version <= self.case_version:
            return self
        heard = replace(self, case_version=event.subject_version, since=event.happened_at)
        match event:
            case CaseOpened() | CaseMoved():
                return replace(heard, level=event.level, unit_name=event.unit_name)
            case CaseReturned():
                return replace(heard, state=FilingState.RETURNED, level=None, unit_name=None)
            case CaseApproved():
                return replace(heard, state=FilingState.APPROVED, level=None, unit_name=None)
        return self
