"""From when on a decision applies: at once or later, never in the past; and which one applies now."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol, TypeVar

from shared.problems import FieldProblem, FieldsRefused


class Decision(Protocol):
    """A decision that takes effect at a time."""

    @property
    def effective_from(self) -> datetime:
        """The time from which it applies."""

    @property
    def set_at(self) -> datetime:
        """The time at which it was made."""


D = TypeVar("D", bound=Decision)


def effective_at(wanted: datetime | None, now: datetime) -> datetime:
    """Returns the time from which a decision applies; raises FieldsRefused for one in the past."""
    if wanted is not None and wanted < now:
        zh, en = "生效时间不能早于当前时间。", "A decision cannot take effect in the past."
        problem = FieldProblem(field="effective_from", code="effective-in-the-past", zh=zh, en=en)
        raise FieldsRefused(fields=(problem,))
    return wanted or now


def in_force(decisions: Iterable[D], now: datetime) -> D | None:
    """Returns the decision that applies now: of those that are effective, the latest."""
    effective = [one for one in decisions if one.effective_from <= now]
    return max(effective, key=lambda one: (one.effective_from, one.set_at), default=None)
