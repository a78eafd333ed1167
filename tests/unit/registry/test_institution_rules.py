"""The rules of records: the duplicate test, and how a submission and its review change a record."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.registry.filings import Filing, FilingState
from services.registry.institutions.subject import INSTITUTION
from services.registry.providers.problems import NumberChangeNeeded
from services.registry.records.problems import NothingToSubmit, NothingToWithdraw, RecordLocked
from services.registry.records.rules import Life, Record
from shared.contracts.registry.events import SubjectKind
from shared.contracts.review.events import CaseApproved, CaseEvent, CaseMoved, CaseOpened, CaseReturned
from shared.identifiers.regions import Level
from shared.ids import new_id
from shared.problems import ChangedMeanwhile

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
VALUES: dict[str, Any] = {
    "name": "湘潭市中心医院",
    "uscc": "12430300445302343Q",
    "licence_number": "44530234543030211A1001",
    "pooling_region": "430399",
}


def a_record(**more: Any) -> Record:
    """A fresh record."""
    values = {**VALUES, **more}
    record_id = new_id()
    return Record(
        record_id,
        record_id,
        record_id,
        added_by=new_id(),
        name=values["name"],
        region=values["pooling_region"],
        numbers=INSTITUTION.numbers_of(values),
    )


def identities(values: dict[str, Any]) -> tuple[str, ...]:
    """What distinguishes a record with these values."""
    return INSTITUTION.identities_of(a_record(), values)


def an_event(kind: type[CaseEvent], version: int, submission: int = 1, **more: Any) -> CaseEvent:
    """An event of the record's case."""
    return kind(
        subject_id=new_id(),
        subject_version=version,
        region="430399",
        case_id=new_id(),
        kind=SubjectKind.INSTITUTION,
        submission=submission,
        happened_at=NOW + timedelta(minutes=version),
        unit_id=new_id(),
        unit_name="湘潭市医疗保障局",
        level=Level.CITY,
        **more,
    )


OPENED, MOVED = an_event(CaseOpened, 1), an_event(CaseMoved, 2, upward=True)
RETURNED, APPROVED = an_event(CaseReturned, 3, fields=("address",)), an_event(CaseApproved, 3)


@pytest.mark.parametrize(
    "other",
    [
        {"name": "湘潭市中心医院 "},
        {"name": "湘潭市·中心医院"},
        {"uscc": "１２４３０３００４４５３０２３４３Ｑ"},
        {"licence_number": "44530234543030211a1001"},
    ],
)
def test_names_that_look_the_same_are_the_same_identity(other: dict[str, str]) -> None:
    assert identities({**VALUES, **other}) == identities(VALUES)


@pytest.mark.parametrize("other", [{"name": "湘潭市第一人民医院"}, {"uscc": None}, {"licence_number": "PDY00001"}])
def test_institutions_differ_by_any_of_the_three_values(other: dict[str, str | None]) -> None:
    assert identities({**VALUES, **other}) != identities(VALUES)


def test_a_filing_locks_moves_returns_and_is_filed_again() -> None:
    filing = Filing().filed(NOW)
    assert (filing.locked, filing.submission, filing.unit_name) == (True, 1, None)
    assert filing.apply(MOVED).unit_name == "湘潭市医疗保障局"
    returned = filing.apply(OPENED).apply(MOVED).apply(RETURNED)
    assert (returned.state, returned.locked, returned.level) == (FilingState.RETURNED, False, None)
    again = returned.filed(NOW)
    assert (again.submission, again.case_version, again.state) == (2, 0, FilingState.SUBMITTED)


def test_older_and_repeated_events_change_nothing() -> None:
    returned = Filing().filed(NOW).apply(RETURNED)
    assert returned.apply(OPENED) is returned
    assert returned.apply(RETURNED) is returned
    second = returned.filed(NOW)
    assert second.apply(APPROVED) is second
    assert second.apply(an_event(CaseApproved, 1, submission=2)).state is FilingState.APPROVED


def test_while_it_is_reviewed_the_record_is_locked_and_says_so_before_the_version() -> None:
    submitted = a_record().submitted(NOW)
    with pytest.raises(RecordLocked):
        submitted.check_changeable(1)
    with pytest.raises(ChangedMeanwhile):
        a_record().check_changeable(7)


def test_approval_puts_the_submission_in_force_and_a_later_change_goes_beside_it() -> None:
    submitted = a_record().submitted(NOW)
    approved = submitted.with_filing(submitted.filing.apply(APPROVED)).approved("430399", NOW)
    assert approved.in_force is not None
    assert (approved.life, approved.in_force.submission) == (Life.IN_FORCE, 1)
    assert approved.event_version == submitted.event_version + 1
    with pytest.raises(NothingToSubmit):
        approved.submitted(NOW)
    edited = approved.changed("湘潭市中心医院（新）", "430302", approved.numbers, NOW)
    assert (edited.filing.state, edited.life) == (FilingState.DRAFT, Life.IN_FORCE)
    assert edited.in_force == approved.in_force
    assert edited.submitted(NOW).filing.submission == 2


def test_a_returned_record_stays_returned_until_it_is_submitted_again() -> None:
    submitted = a_record().submitted(NOW)
    returned = submitted.with_filing(submitted.filing.apply(RETURNED))
    edited = returned.changed(returned.name, returned.region, returned.numbers, NOW)
    assert edited.filing.state is FilingState.RETURNED
    assert returned.life is Life.DRAFT


def test_a_submission_is_withdrawn_until_a_unit_has_decided() -> None:
    submitted = a_record().submitted(NOW)
    with pytest.raises(NothingToWithdraw):
        a_record().withdrawn(NOW)
    opened = submitted.with_filing(submitted.filing.apply(OPENED))
    withdrawn = opened.withdrawn(NOW)
    assert (withdrawn.filing.state, withdrawn.event_version) == (FilingState.WITHDRAWN, 2)
    assert withdrawn.submitted(NOW).filing.submission == 2
    with pytest.raises(NothingToWithdraw):
        opened.with_filing(opened.filing.apply(MOVED)).withdrawn(NOW)


def test_of_a_decision_that_crosses_a_withdrawal_only_the_approval_counts() -> None:
    withdrawn = a_record().submitted(NOW).withdrawn(NOW)
    assert withdrawn.filing.apply(MOVED) is withdrawn.filing
    assert withdrawn.filing.apply(RETURNED) is withdrawn.filing
    approved = withdrawn.with_filing(withdrawn.filing.apply(APPROVED))
    assert approved.filing.state is FilingState.APPROVED
    assert approved.editable_after(withdrawn).filing.state is FilingState.DRAFT


def test_after_coding_the_numbers_stay_and_the_name_may_change() -> None:
    coded = replace(a_record(), code="H43030000001")
    with pytest.raises(NumberChangeNeeded):
        INSTITUTION.check_change(coded, VALUES, {**VALUES, "licence_number": "PDY00001"})
    INSTITUTION.check_change(coded, VALUES, {**VALUES, "name": "湘潭市第二医院"})
