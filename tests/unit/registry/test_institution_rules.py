"""The duplicate test, the search's forgiveness, and what a filing does to a record."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.registry.filings import Filing, FilingState
from services.registry.institutions.problems import (
    InstitutionLocked,
    NothingToSubmit,
    NumberChangeNeeded,
    QueryTooShort,
)
from services.registry.institutions.rules import (
    Institution,
    grams_of,
    identity_of,
    searched_form,
    searched_text,
    wanted,
)
from shared.contracts.registry.events import SubjectKind
from shared.contracts.review.events import CaseApproved, CaseEvent, CaseMoved, CaseOpened, CaseReturned
from shared.identifiers.regions import Level
from shared.ids import new_id
from shared.problems import ChangedMeanwhile

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
DETAILS: dict[str, Any] = {
    "name": "湘潭市中心医院",
    "uscc": "12430300445302343Q",
    "licence_number": "44530234543030211A1001",
    "pooling_region": "430399",
}


def an_institution(**more: Any) -> Institution:
    """A fresh record."""
    return Institution(new_id(), {**DETAILS, **more}, {}, added_by=new_id())


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
def test_what_a_reader_takes_for_the_same_is_the_same(other: dict[str, str]) -> None:
    assert identity_of({**DETAILS, **other}) == identity_of(DETAILS)


@pytest.mark.parametrize("other", [{"name": "湘潭市第一人民医院"}, {"uscc": None}, {"licence_number": "PDY00001"}])
def test_any_of_the_three_tells_institutions_apart(other: dict[str, str | None]) -> None:
    assert identity_of({**DETAILS, **other}) != identity_of(DETAILS)


@pytest.mark.parametrize(
    "query",
    [
        "中心医院",
        "湘潭 医院",
        "医院 湘潭",
        "１２４３０３００",
        "1243O3OO44",
        "12430300445302343q",
        "4453-0234",
        "i2430300",
    ],
)
def test_a_search_forgives_width_case_order_and_look_alikes(query: str) -> None:
    text = searched_text(DETAILS)
    asked = wanted(query)
    assert all(term in text for term in asked.terms)
    assert set(asked.grams) <= set(grams_of(text))


def test_grams_do_not_run_across_name_and_numbers() -> None:
    assert "院1" not in grams_of(searched_text(DETAILS))


@pytest.mark.parametrize("query", ["", "  ", "院", "（）"])
def test_a_search_needs_two_characters(query: str) -> None:
    with pytest.raises(QueryTooShort):
        wanted(query)


def test_brackets_of_any_kind_make_no_difference() -> None:
    assert searched_form("医院（东院区）") == searched_form("医院(东院区)") == searched_form("医院【东院区】")


def test_a_filing_locks_moves_returns_and_is_filed_again() -> None:
    filing = Filing().filed(NOW)
    assert (filing.locked, filing.submission, filing.unit_name) == (True, 1, None)
    assert filing.heard(MOVED).unit_name == "湘潭市医疗保障局"
    returned = filing.heard(OPENED).heard(MOVED).heard(RETURNED)
    assert (returned.state, returned.locked, returned.level) == (FilingState.RETURNED, False, None)
    again = returned.filed(NOW)
    assert (again.submission, again.case_version, again.state) == (2, 0, FilingState.SUBMITTED)


def test_older_and_repeated_events_change_nothing() -> None:
    returned = Filing().filed(NOW).heard(RETURNED)
    assert returned.heard(OPENED) is returned
    assert returned.heard(RETURNED) is returned
    second = returned.filed(NOW)
    assert second.heard(APPROVED) is second
    assert second.heard(an_event(CaseApproved, 1, submission=2)).state is FilingState.APPROVED


def test_while_it_is_reviewed_the_record_is_locked_and_says_so_before_the_version() -> None:
    filed = an_institution().submitted(NOW)
    with pytest.raises(InstitutionLocked):
        filed.open_at(1)
    with pytest.raises(ChangedMeanwhile):
        an_institution().open_at(7)


def test_approval_puts_in_force_what_was_filed_and_a_later_change_goes_beside_it() -> None:
    filed = an_institution().submitted(NOW)
    approved = filed.heard(filed.filing.heard(APPROVED))
    assert approved.approved == {"details": DETAILS, "attachments": {}, "submission": 1}
    assert approved.told == filed.told + 1
    with pytest.raises(NothingToSubmit):
        approved.submitted(NOW)
    edited = approved.changed({**DETAILS, "name": "湘潭市中心医院（新）"}, {}, NOW)
    assert edited.filing.state is FilingState.DRAFT
    assert edited.approved == approved.approved
    assert edited.submitted(NOW).filing.submission == 2


def test_a_returned_record_stays_returned_until_it_is_filed_again() -> None:
    filed = an_institution().submitted(NOW)
    returned = filed.heard(filed.filing.heard(RETURNED))
    assert returned.changed({**DETAILS, "address": "和平路"}, {}, NOW).filing.state is FilingState.RETURNED
    assert returned.approved is None


def test_after_coding_the_numbers_stay_and_the_name_may_change() -> None:
    from dataclasses import replace

    coded = replace(an_institution(), code="H43030000001")
    with pytest.raises(NumberChangeNeeded):
        coded.changed({**DETAILS, "licence_number": "PDY00001"}, {}, NOW)
    assert coded.changed({**DETAILS, "name": "湘潭市第二医院"}, {}, NOW).name == "湘潭市第二医院"
