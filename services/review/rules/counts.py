"""Stored counts: the changes that each step makes to the tallies of the units (REV-6)."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from uuid import UUID

from services.review.rules.case import Case, Change, State

SHARDS = 16


@dataclass(frozen=True, slots=True)
class Tally:
    """Numbers of cases: received is always to do + reported + returned; finished is a part of reported."""

    received: int = 0
    to_do: int = 0
    reported: int = 0
    returned: int = 0
    finished: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        """Adds two tallies."""
        return Tally(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))


@dataclass(frozen=True, slots=True, order=True)
class TallyKey:
    """The key of a row of the tallies; all transactions lock rows in its order."""

    unit_id: UUID
    kind: str
    shard: int


def shard_of(case_id: UUID) -> int:
    """Returns the shard of a case; a UUIDv7's last bits are random."""
    return case_id.int % SHARDS


def differences(changes: Iterable[Change]) -> dict[TallyKey, Tally]:
    """Returns the non-zero changes of each row, in the order of the keys."""
    totals: dict[TallyKey, Counter[str]] = {}
    for change in changes:
        _count(totals, change.after, 1)
        _count(totals, change.before, -1)
    tallies = {key: Tally(**totals[key]) for key in sorted(totals)}
    return {key: tally for key, tally in tallies.items() if tally != Tally()}


def _count(totals: dict[TallyKey, Counter[str]], case: Case, sign: int) -> None:
    for one in case.unit_statuses:
        key = TallyKey(one.unit.unit_id, case.kind, shard_of(case.case_id))
        columns = totals.setdefault(key, Counter())
        columns["received"] += sign
        columns[State(one.state).value] += sign
        columns["finished"] += sign * one.finished
