"""The rules of accounts: registration and submission."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.accounts.problems import AccountInForce, AccountUnderReview
from services.registry.accounts.registration import (
    Person,
    SecurityQuestion,
    credential_problems,
    question_problems,
    read_person,
)
from services.registry.accounts.rules import Account, username_key, values_of
from services.registry.filings import Filing, FilingState
from shared.ids import new_id
from shared.security.caller import Role

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
ID_NUMBER = "430302190001010016"


def an_account(state: FilingState, submission: int = 0) -> Account:
    """An account in this state."""
    filing = Filing(state, submission)
    return Account(new_id(), 1, "zhang.san", Role.MAINTAINER, "张三", "430302", None, "430***16", None, filing)


def codes(problems: object) -> list[str]:
    """The codes of what is wrong."""
    return [one.code for one in problems]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("username", "password", "wrong"),
    [
        ("zhang.san", "correct horse", []),
        ("张三医院", "雨湖区人民医院的密码长", []),
        ("zs", "correct horse", ["username-form"]),
        ("zhang san", "correct horse", ["username-form"]),
        ("zhang.san", "too short", ["password-length"]),
        ("zhang.san", "x" * 129, ["password-length"]),
        ("zhang.san", "my-Zhang.San-1", ["password-has-username"]),
        ("zhang.san", "1Q2W3E4R5T", ["password-common"]),
        ("zhang.san", "abababababab", ["password-common"]),
        ("", "", ["username-form", "password-length"]),
    ],
)
def test_credentials(username: str, password: str, wrong: list[str]) -> None:
    assert codes(credential_problems(username, password)) == wrong


@pytest.mark.parametrize(
    ("name", "id_number", "phone", "wrong"),
    [
        ("张三", ID_NUMBER, "13800000000", []),
        ("张　三", ID_NUMBER, "（0731）88888888", []),
        ("阿卜杜拉·买买提", "11010519491231002x", "0731-88888888", []),
        ("张三", "430302190001010017", "13800000000", ["id-number-check-digit"]),
        ("张三", "430302190002300015", "13800000000", ["id-number-birth-date"]),
        ("张三", "430302209901010014", "13800000000", ["id-number-birth-date"]),
        ("张\u202e三", ID_NUMBER, "13800000000", ["reordering-character"]),
        ("张" * 51, ID_NUMBER, "13800000000", ["name-too-long"]),
        ("3", "", "12345678", ["name-has-digits", "missing", "phone-form"]),
    ],
)
def test_a_person_has_a_plausible_name_and_number(name: str, id_number: str, phone: str, wrong: list[str]) -> None:
    person, problems = read_person(name, id_number, phone, NOW.date())
    assert codes(problems) == wrong
    assert (person is None) is bool(wrong)


def test_a_person_is_stored_as_on_the_card() -> None:
    person, _ = read_person("张　三", "４３０３０２１９０００１０１００１６", "（0731）88888888", NOW.date())
    assert person == Person("张三", ID_NUMBER, "0731-88888888")


def test_security_questions_are_three_different_ones_with_answers() -> None:
    three = [SecurityQuestion(f"问题{number}？", "答案") for number in range(3)]
    assert codes(question_problems(three)) == []
    assert codes(question_problems(three[:2])) == ["questions-three"]
    assert codes(question_problems([three[0], three[0], three[1]])) == ["questions-three"]
    assert codes(question_problems([*three[:2], SecurityQuestion("问题2？", " ")])) == ["missing"]


def test_usernames_are_the_same_whatever_their_case_and_width() -> None:
    assert username_key("Zhang.San") == username_key("ｚｈａｎｇ.san ")


@given(st.text(max_size=200), st.text(max_size=200))
def test_no_text_breaks_the_check(username: str, password: str) -> None:
    codes(credential_problems(username, password))


def test_filing_locks_an_account_and_counts() -> None:
    filed = an_account(FilingState.RETURNED, 1).filed([], NOW)
    assert (filed.state, filed.filing.submission, filed.version) == (FilingState.SUBMITTED, 2, 2)
    with pytest.raises(AccountUnderReview):
        filed.filed([], NOW)
    with pytest.raises(AccountInForce):
        an_account(FilingState.APPROVED).filed([], NOW)


def test_reviewers_get_masked_numbers() -> None:
    values = values_of(an_account(FilingState.DRAFT))
    assert (values["id_number"], values["region"]) == ("430***16", "430302")
