"""Stored counts agree with a recount after any sequence of decisions (REV-6)."""

from collections import Counter
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.review.rules import life_cycle as rules
from services.review.rules.case import Case, Change, Decision, Judgement, Reason, Stage
from services.review.rules.counts import Tally, TallyKey, differences, shard_of
from services.review.rules.problems import NobodyBelow
from services.review.rules.route import first_of, path_of
from shared.ids import new_id
from tests.unit.review.filings import (
    HUNAN,
    NATION,
    XIANGTAN,
    XIANGXIANG,
    YUHU,
    a_filing,
    a_withdrawal,
    begun,
    units_at,
)

UNITS = units_at(NATION, HUNAN, XIANGTAN, YUHU, XIANGXIANG)
STEPS = st.sampled_from([*Decision, Decision.APPROVE, "file", "file elsewhere", "withdraw"])


def recounted(cases: list[Case]) -> dict[TallyKey, Tally]:
    """The recounted tallies."""
    totals: dict[TallyKey, Counter[str]] = {}
    for case in cases:
        for one in case.unit_statuses:
            key = TallyKey(one.unit.unit_id, case.kind, shard_of(case.case_id))
            finished = case.stage is Stage.APPROVED and one.state == "reported"
            totals.setdefault(key, Counter()).update(["received", one.state.value, *["finished"] * finished])
    return {key: Tally(**counter) for key, counter in totals.items()}


def walked(case: Case, step: Any) -> Change | None:
    """The case after one step, if it is possible."""
    now = case.since + timedelta(minutes=1)
    if isinstance(step, Decision):
        if case.stage is not Stage.UNDER_REVIEW:
            return None
        try:
            return rules.decided(case, Judgement(step, new_id(), "", "", (Reason("", "请更正"),)), UNITS, now)
        except NobodyBelow:
            return None
    if step == "withdraw":
        return rules.withdrawn(case, a_withdrawal(case), now)
    region = XIANGXIANG if step == "file elsewhere" else YUHU
    again = a_filing(case.subject_id, submission=case.submission + 2, region=region)
    first = first_of(path_of(case.kind, region), UNITS)
    assert first is not None
    return rules.filed(case, again, first, now)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), STEPS), max_size=40))
def test_stored_counts_equal_a_recount(walk: list[tuple[int, Any]]) -> None:
    cases = [begun(a_filing(), UNITS) for _ in range(3)]
    kept: dict[TallyKey, Tally] = {}
    for number, step in [(0, "file"), (1, "file"), (2, "file"), *walk]:
        change = walked(cases[number], step)
        if change is None:
            continue
        cases[number] = change.after
        for key, tally in differences([change]).items():
            kept[key] = kept.get(key, Tally()) + tally
        for tally in kept.values():
            assert tally.received == tally.to_do + tally.reported + tally.returned
            assert 0 <= tally.finished <= tally.reported
    assert {key: one for key, one in kept.items() if one != Tally()} == recounted(cases)


def test_rows_are_locked_in_one_order() -> None:
    changes = [change for _ in range(20) if (change := walked(begun(a_filing(), UNITS), "file"))]
    keys = list(differences(changes))
    assert len(keys) > 1
    assert keys == sorted(keys)
