"""What an agreement's form takes and refuses, field by field."""

from datetime import UTC, date, datetime

import pytest

from services.agreements.terms import CHOICES, EXCHANGE_NAMES, Terms, check, exchanged, has_expired
from shared.problems import FieldsRefused
from tests.unit.agreements.drafts import terms


def refused(wanted: Terms) -> dict[str, str]:
    with pytest.raises(FieldsRefused) as refusal:
        check(wanted)
    return {problem.field: problem.code for problem in refusal.value.fields}


def test_every_wrong_field_is_named_at_once() -> None:
    wrong = terms(
        agreement_type="8",
        charging_level="4",
        service_objects=(),
        service_scope=("1", "1"),
        begins_on=date(2027, 1, 1),
    )
    assert refused(wrong) == {
        "agreement_type": "not-in-the-list",
        "charging_level": "not-in-the-list",
        "service_objects": "missing",
        "service_scope": "repeated",
        "ends_on": "ends-before-it-begins",
    }


def test_last_years_agreement_is_taken_and_shown_as_expired() -> None:
    last_year = terms(begins_on=date(2019, 1, 1), ends_on=date(2019, 12, 31))
    check(last_year)
    assert has_expired(last_year, datetime(2020, 2, 18, tzinfo=UTC))


def test_an_agreement_lasts_until_its_last_day_ends_in_china() -> None:
    wanted = terms(ends_on=date(2026, 12, 31))
    assert not has_expired(wanted, datetime(2026, 12, 31, 15, 59, tzinfo=UTC))
    assert has_expired(wanted, datetime(2026, 12, 31, 16, 0, tzinfo=UTC))


def test_a_single_day_and_no_charging_level_are_taken() -> None:
    check(terms(begins_on=date(2026, 5, 1), ends_on=date(2026, 5, 1), charging_level=None))


def test_every_term_has_its_name_in_the_national_table() -> None:
    assert set(EXCHANGE_NAMES) == set(Terms.model_fields)
    assert exchanged(terms())["cntr_sign_time"] == "2025-12-20"


def test_the_code_lists_have_both_languages_and_no_code_twice() -> None:
    for field in type(CHOICES).model_fields:
        listed = getattr(CHOICES, field)
        assert len(CHOICES.codes(field)) == len(listed)
        assert all(choice.zh and choice.en for choice in listed)
