"""The life cycle of a case, by the rules alone (REV-2, REV-3, REV-7, INS-7)."""

from datetime import timedelta
from typing import Any

import pytest

from services.review.rules import life_cycle as rules
from services.review.rules.case import (
    Case,
    Change,
    Decision,
    Filing,
    Judgement,
    Reason,
    Stage,
    State,
    Step,
    StepKind,
    changed_fields,
    open_reasons,
)
from services.review.rules.events import check_return_request, event_of, moved_on
from services.review.rules.life_cycle import actions
from services.review.rules.problems import (
    NobodyAbove,
    NobodyBelow,
    NotUnderReview,
    ParentNotApproved,
    ReturnAlreadyRequested,
)
from services.review.rules.route import Unit
from shared.contracts.registry.events import SubmissionFiled
from shared.contracts.review.events import CaseApproved, CaseMoved, CaseOpened, CaseReturned, CaseWithdrawn
from shared.ids import new_id
from shared.problems import FieldsRefused, RuleBroken
from tests.unit.review.filings import (
    HUNAN,
    NATION,
    THE_DAY,
    XIANGTAN,
    XIANGXIANG,
    YUHU,
    a_filing,
    a_withdrawal,
    begun,
    units_at,
)

UNITS = units_at(NATION, HUNAN, XIANGTAN, YUHU, XIANGXIANG)


def judged(decision: Decision, *reasons: Reason) -> Judgement:
    """A decision of some reviewer."""
    return Judgement(decision, new_id(), "审核员", "", reasons)


def opened(filing: SubmissionFiled, units: dict[str, Unit] = UNITS) -> Change:
    """The case at its first unit."""
    case = begun(filing, units)
    change = rules.filed(case, filing, case.unit, THE_DAY)
    assert change is not None
    return change


def after(case: Case, *decisions: Decision, units: dict[str, Unit] = UNITS) -> Case:
    """The case after these decisions, each an hour after the one before."""
    for decision in decisions:
        reasons = (Reason("name", "与证书不符"),) if decision is Decision.RETURN else ()
        now = case.since + timedelta(hours=1)
        case = rules.decided(case, judged(decision, *reasons), units, now).after
    return case


def states(case: Case) -> dict[str, State]:
    """The status of each unit in the case, by seat."""
    return {one.unit.seat: one.state for one in case.unit_statuses}


UP = Decision.APPROVE


def test_each_level_in_turn_and_the_last_one_approves() -> None:
    case = opened(a_filing()).after
    assert (case.version, case.unit.seat, states(case)) == (1, YUHU, {YUHU: State.TO_DO})
    case = after(case, UP, UP, UP)
    assert (case.version, case.unit.seat, case.stage) == (4, NATION, Stage.UNDER_REVIEW)
    assert not any(one.finished for one in case.unit_statuses)
    case = after(case, UP)
    assert case.stage is Stage.APPROVED
    assert states(case) == dict.fromkeys((YUHU, XIANGTAN, HUNAN, NATION), State.REPORTED)
    assert all(one.finished for one in case.unit_statuses)


def test_a_return_reaches_every_unit_that_had_the_case() -> None:
    case = after(opened(a_filing()).after, UP, UP, Decision.RETURN)
    assert case.stage is Stage.RETURNED
    assert states(case) == dict.fromkeys((YUHU, XIANGTAN, HUNAN), State.RETURNED)


def test_a_return_needs_reasons_at_fields_of_the_filing() -> None:
    case = opened(a_filing()).after
    with pytest.raises(FieldsRefused) as refused:
        rules.decided(case, judged(Decision.RETURN), UNITS, THE_DAY)
    assert refused.value.fields[0].field == "reasons"
    wrong = judged(Decision.RETURN, Reason("", "整体"), Reason("salary", "无此项"))
    with pytest.raises(FieldsRefused) as refused:
        rules.decided(case, wrong, UNITS, THE_DAY)
    assert [one.field for one in refused.value.fields] == ["reasons.1.field"]


def test_a_new_round_begins_at_the_start_and_an_old_one_changes_nothing() -> None:
    filing = a_filing()
    case = after(opened(filing).after, UP, Decision.RETURN)
    again = rules.filed(case, a_filing(filing.subject_id, submission=2), UNITS[YUHU], case.since)
    assert again is not None
    assert (again.after.version, again.after.submission) == (4, 2)
    assert states(again.after) == {YUHU: State.TO_DO, XIANGTAN: State.RETURNED}
    assert rules.filed(again.after, filing, UNITS[YUHU], case.since) is None
    assert rules.filed(again.after, a_filing(submission=2), UNITS[YUHU], case.since) is None


def test_a_new_round_of_an_approved_case_is_no_longer_finished_anywhere() -> None:
    filing = a_filing()
    case = after(opened(filing).after, UP, UP, UP, UP)
    again = rules.filed(case, a_filing(filing.subject_id, submission=2), UNITS[YUHU], case.since)
    assert again is not None
    assert states(again.after)[NATION] is State.REPORTED
    assert not any(one.finished for one in again.after.unit_statuses)


def test_a_unit_that_the_region_left_no_longer_has_the_case() -> None:
    filing = a_filing()
    case = after(opened(filing).after, UP, Decision.RETURN)
    moved = a_filing(filing.subject_id, submission=2, region=XIANGXIANG)
    again = rules.filed(case, moved, UNITS[XIANGXIANG], case.since)
    assert again is not None
    assert states(again.after) == {XIANGTAN: State.RETURNED, XIANGXIANG: State.TO_DO}


def test_a_county_that_registers_later_gets_the_case_sent_down_and_reports_it_again() -> None:
    without = units_at(NATION, HUNAN, XIANGTAN)
    case = opened(a_filing(), without).after
    assert case.unit.seat == XIANGTAN
    with pytest.raises(NobodyBelow):
        after(case, Decision.SEND_DOWN, units=without)
    county = without | units_at(YUHU)
    sent = after(case, Decision.SEND_DOWN, units=county)
    assert states(sent) == {XIANGTAN: State.RETURNED, YUHU: State.TO_DO}
    back = after(sent, UP, units=county)
    assert states(back) == {XIANGTAN: State.TO_DO, YUHU: State.REPORTED}


def test_without_a_superior_nothing_is_approved_below_the_nation() -> None:
    lonely = units_at(YUHU)
    with pytest.raises(NobodyAbove):
        after(opened(a_filing(), lonely).after, UP, units=lonely)


def test_only_the_unit_that_holds_the_case_has_actions() -> None:
    case = after(opened(a_filing()).after, UP)
    assert possible(case, XIANGTAN) == dict.fromkeys((UP, Decision.RETURN, Decision.SEND_DOWN))
    assert possible(case, YUHU) == {}
    assert possible(after(case, Decision.RETURN), XIANGTAN) == {}
    account = opened(a_filing(kind="account")).after
    assert possible(account, NATION) == dict.fromkeys((UP, Decision.RETURN))


def possible(case: Case, seat: str) -> dict[Decision, RuleBroken | None]:
    """The decisions that the unit at a seat can take."""
    return actions(case, UNITS[seat].unit_id, UNITS, parent_passed=True)


def test_blocked_decisions_are_listed_with_their_reason() -> None:
    nurse = opened(a_filing(kind="nurse", parent=new_id())).after
    offered = actions(nurse, UNITS[YUHU].unit_id, UNITS, parent_passed=False)
    assert isinstance(offered[UP], ParentNotApproved)
    assert offered[Decision.RETURN] is None
    lonely = units_at(YUHU)
    alone = opened(a_filing(), lonely).after
    offered = actions(alone, lonely[YUHU].unit_id, lonely, parent_passed=True)
    assert isinstance(offered[UP], NobodyAbove)


def test_staff_wait_for_their_institution_at_each_level() -> None:
    hospital = opened(a_filing()).after
    nurse = opened(a_filing(kind="nurse", parent=hospital.subject_id)).after
    assert not rules.passed_at(None, UNITS[YUHU])
    assert not rules.passed_at(hospital, UNITS[YUHU])
    with pytest.raises(ParentNotApproved):
        rules.decided(nurse, judged(UP), UNITS, THE_DAY, parent_passed=False)
    rules.decided(nurse, judged(Decision.RETURN, Reason("", "请更正")), UNITS, THE_DAY, parent_passed=False)
    reported = after(hospital, UP)
    assert rules.passed_at(reported, UNITS[YUHU])
    assert not rules.passed_at(reported, UNITS[XIANGTAN])
    in_force = after(reported, UP, UP, UP)
    assert rules.passed_at(in_force, UNITS[NATION])
    # A change of the institution under review does not lock its staff: the approved version is in force.
    again = rules.filed(in_force, a_filing(in_force.subject_id, submission=2), UNITS[YUHU], THE_DAY)
    assert again is not None
    assert rules.passed_at(again.after, UNITS[YUHU])


def test_a_withdrawn_filing_is_on_no_work_list() -> None:
    case = after(opened(a_filing()).after, UP)
    change = rules.withdrawn(case, a_withdrawal(case), THE_DAY)
    assert change is not None
    assert (change.after.stage, states(change.after)) == (Stage.WITHDRAWN, {YUHU: State.REPORTED})
    event = event_of(change)
    assert isinstance(event, CaseWithdrawn)
    assert event.subject_version == case.version + 1
    again = rules.filed(change.after, a_filing(case.subject_id, submission=2), UNITS[YUHU], THE_DAY)
    assert again is not None
    assert again.after.stage is Stage.UNDER_REVIEW


def test_a_withdrawal_of_another_round_or_of_what_has_ended_changes_nothing() -> None:
    case = opened(a_filing()).after
    assert rules.withdrawn(case, a_withdrawal(case, submission=0), THE_DAY) is None
    for ended in (after(case, Decision.RETURN), after(case, UP, UP, UP, UP)):
        assert rules.withdrawn(ended, a_withdrawal(ended), THE_DAY) is None


def test_what_differs_from_the_version_in_force_is_named() -> None:
    def filing(values: dict[str, Any], **documents: str) -> Filing:
        attachments = [{"field": field, "document_id": one} for field, one in documents.items()]
        return Filing(1, "1", values, attachments)

    before = filing({"name": "甲", "beds": 5, "fax": "1"}, licence="a", certificate="b")
    now = filing({"name": "乙", "beds": 5, "bank": "x"}, licence="a", certificate="c")
    assert changed_fields(before, now) == ("name", "bank", "fax", "certificate")
    assert changed_fields(None, now) == ()


def test_reasons_stand_until_the_next_move() -> None:
    def step(what: StepKind, *reasons: Reason) -> Step:
        return Step(1, 1, THE_DAY, what, new_id(), "", UNITS[YUHU].level, new_id(), "", "", reasons)

    why = Reason("name", "不符")
    returned = step(StepKind.RETURNED, why)
    assert open_reasons([step(StepKind.FILED), returned]) == (why,)
    assert open_reasons([step(StepKind.SENT_DOWN, why), step(StepKind.RETURN_REQUESTED)]) == (why,)
    assert open_reasons([returned, step(StepKind.FILED)]) == ()


def test_a_return_is_requested_once_a_round_and_only_under_review() -> None:
    case = opened(a_filing()).after
    asked = rules.return_requested(case, "填错了床位数", THE_DAY)
    assert (asked.after.unit, asked.after.version, asked.step.note) == (case.unit, 2, "填错了床位数")
    assert event_of(asked) is None
    with pytest.raises(ReturnAlreadyRequested):
        check_return_request(asked.after)
    with pytest.raises(ReturnAlreadyRequested):
        check_return_request(after(asked.after, UP))
    with pytest.raises(NotUnderReview):
        check_return_request(after(asked.after, Decision.RETURN))


def test_each_step_has_its_event() -> None:
    first = opened(a_filing())
    up = rules.decided(first.after, judged(UP), UNITS, THE_DAY)
    down = rules.decided(up.after, judged(Decision.SEND_DOWN), UNITS, THE_DAY)
    why = (Reason("name", "不符"), Reason("name", "再看"), Reason("", "整体"))
    back = rules.decided(down.after, judged(Decision.RETURN, *why), UNITS, THE_DAY)
    ends = rules.decided(after(first.after, UP, UP, UP), judged(UP), UNITS, THE_DAY)
    events = [event_of(change) for change in (first, up, down, back, ends)]
    assert [type(event) for event in events] == [CaseOpened, CaseMoved, CaseMoved, CaseReturned, CaseApproved]
    assert [event.subject_version for event in events if event] == [1, 2, 3, 4, 5]
    moves = [(event.upward, event.unit_name) for event in events if isinstance(event, CaseMoved)]
    assert moves == [(True, "湘潭市医疗保障局"), (False, "湘潭市雨湖区医疗保障局")]
    assert [event.fields for event in events if isinstance(event, CaseReturned)] == [("name",)]


def test_a_late_decision_is_refused_with_what_happened_when_and_where_the_case_is() -> None:
    change = rules.decided(opened(a_filing()).after, judged(UP), UNITS, THE_DAY)
    refusal = moved_on(change.after, change.step)
    zh, en = refusal.message("zh"), refusal.message("en")
    assert "湘潭市雨湖区医疗保障局已审核上报" in zh
    assert "湘潭市医疗保障局（市级）" in zh
    assert "reported it upward" in en
    assert "(city)" in en
    assert refusal.facts["what"] == "reported"
    assert refusal.facts["version"] == 2
