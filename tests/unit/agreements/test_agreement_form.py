"""The form of an agreement: what it accepts and refuses, field by field."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.agreements.dictionaries import DICTIONARIES
from services.agreements.form import FORM, has_expired, read_terms
from shared.forms.kinds import Choice, Several
from shared.forms.versions import exported
from tests.unit.agreements.drafts import NOON, terms


def refused(given: dict[str, Any], provider_kind: str = "institution") -> dict[str, str]:
    _, problems = read_terms(given, provider_kind, NOON)
    return {problem.field: problem.code for problem in problems}


def test_every_wrong_field_and_every_missing_one_is_named_at_once() -> None:
    wrong = terms(
        agreement_type="8",
        name="  ",
        sign_year=1997,
        signed_on=None,
        charging_level="4",
        service_objects=[],
        service_scope=["1", "9"],
        begins_on="2027-01-01",
        attachment="a receipt is no value",
    )
    assert refused(wrong) == {
        "agreement_type": "not-in-dictionary",
        "name": "missing",
        "sign_year": "number",
        "signed_on": "missing",
        "charging_level": "not-in-dictionary",
        "service_objects": "missing",
        "service_scope": "not-in-dictionary",
        "ends_on": "ends-before-it-begins",
        "attachment": "no-such-field",
    }


def test_an_empty_form_lacks_what_an_agreement_must_say() -> None:
    assert set(refused({})) == set(terms()) - {"charging_level"}


@pytest.mark.parametrize(
    ("agreement_type", "provider_kind", "fits"),
    [
        ("1", "institution", True),
        ("2", "institution", False),
        ("3", "institution", True),
        ("1", "pharmacy", False),
        ("2", "pharmacy", True),
        ("3", "pharmacy", True),
    ],
)
def test_an_agreement_is_of_the_kind_of_its_provider(
    agreement_type: str, provider_kind: str, *, fits: bool
) -> None:
    expected = {} if fits else {"agreement_type": "agreement-of-another-kind"}
    assert refused(terms(agreement_type=agreement_type), provider_kind) == expected


def test_last_years_agreement_is_accepted_and_shown_as_expired() -> None:
    last_year = terms(begins_on="2019-01-01", ends_on="2019-12-31")
    assert refused(last_year) == {}
    assert has_expired(last_year, datetime(2020, 2, 18, tzinfo=UTC))


def test_an_agreement_lasts_until_its_last_day_ends_in_china() -> None:
    assert not has_expired(terms(), datetime(2026, 12, 31, 15, 59, tzinfo=UTC))
    assert has_expired(terms(), datetime(2026, 12, 31, 16, 0, tzinfo=UTC))


def test_a_single_day_and_no_charging_level_are_accepted_and_a_repeated_choice_counts_once() -> None:
    given = terms(
        begins_on="2026-05-01", ends_on="2026-05-01", charging_level=None, service_scope=["1", "1"], memo=""
    )
    taken, problems = read_terms(given, "institution", NOON)
    assert problems == []
    assert (taken["service_scope"], "charging_level" in taken, "memo" in taken) == (["1"], False, False)


def test_a_memo_keeps_its_lines() -> None:
    taken, _ = read_terms(terms(memo=" 首页\r\n第二行 "), "institution", NOON)
    assert taken["memo"] == "首页\n第二行"


def test_terms_go_out_under_the_national_tables_names() -> None:
    assert exported(FORM, terms())["cntr_sign_time"] == "2025-12-20"
    assert len({field.exchange for field in FORM.fields}) == len(FORM.fields)


def test_every_choice_has_a_dictionary_in_both_languages_without_a_code_twice() -> None:
    kinds = [field.kind.of if isinstance(field.kind, Several) else field.kind for field in FORM.fields]
    chosen = {kind.dictionary for kind in kinds if isinstance(kind, Choice)}
    assert chosen == set(DICTIONARIES)
    for dictionary in DICTIONARIES.values():
        assert len(dictionary.by_code) == len(dictionary.entries) > 0
        assert all(entry.name and entry.name_en for entry in dictionary.entries)


def test_the_form_shows_every_field_in_a_section() -> None:
    shown = [name for section in FORM.sections for name in section.names]
    assert sorted(shown) == sorted([*FORM.field_of, *FORM.attachment_of])
