"""Credit codes, citizen IDs and licence numbers: accepted in any width, refused with the cause."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.identifiers.citizen_id import birth_date, is_citizen_id, parse_citizen_id, unusual_citizen_id
from shared.identifiers.invalid import InvalidValue
from shared.identifiers.numbers import level_number, masked, parse_licence_number, unusual_licence_number
from shared.identifiers.uscc import (
    ALPHABET,
    irregular_uscc_remark,
    is_irregular_uscc,
    is_uscc,
    organisation_check,
    parse_uscc,
)

TODAY = date(2026, 11, 25)
HUAWEI = "914403001922038216"


def with_last(stem: str) -> str:
    """The stem of a credit code with the last character that makes it valid."""
    return next(stem + character for character in ALPHABET if is_uscc(stem + character))


@pytest.mark.parametrize(
    "code",
    ["91350100M000100Y43", HUAWEI, "9144030071526726XG", "91330100799655058B", "91110108551385082Q"],
)
def test_issued_codes_are_accepted(code: str) -> None:
    assert parse_uscc(code) == code
    assert parse_uscc(f" {code[:8]} {code[8:].lower()}\u200b") == code


@pytest.mark.parametrize("registrar", "123456789ANY")
def test_every_registrar_of_the_amended_standard_is_accepted(registrar: str) -> None:
    stem = f"{registrar}2430300" + HUAWEI[8:17]
    assert parse_uscc(with_last(stem)) == with_last(stem)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("91440300192203821", "uscc-length"),
        ("9144030019220382161", "uscc-length"),
        ("", "uscc-length"),
        ("91440300192203821I", "uscc-character"),
        ("91440300V92203821V", "uscc-character"),
        ("9144O3001922038216", "uscc-likely"),
        ("0244030019220382 16", "uscc-registrar"),
        ("B14403001922038216", "uscc-registrar"),
        ("914403A01922038216", "uscc-division"),
        ("914403001922038217", "uscc-irregular"),
        ("914403001922038226", "uscc-check-digit"),
        ("91440300\ue0001922038216", "private-use-character"),
    ],
)
def test_a_wrong_code_is_refused_with_what_is_wrong(typed: str, code: str) -> None:
    with pytest.raises(InvalidValue) as refusal:
        parse_uscc(typed)
    assert refusal.value.code == code


def test_an_irregularly_issued_code_can_be_admitted() -> None:
    irregular = "914403001922038217"
    assert is_irregular_uscc(irregular)
    assert parse_uscc(irregular, irregular=True) == irregular
    remark = irregular_uscc_remark(irregular)
    assert remark is not None
    assert "应为 6" in remark.zh
    assert irregular_uscc_remark(HUAWEI) is None


@pytest.mark.parametrize("wrong", ["914403001922038226", "01440300192203821A", "9144030019220382"])
def test_what_is_wrong_elsewhere_is_not_irregular(wrong: str) -> None:
    with pytest.raises(InvalidValue):
        parse_uscc(wrong, irregular=True)


@given(st.integers(0, 16), st.sampled_from(ALPHABET))
def test_any_other_character_before_the_last_is_found(place: int, character: str) -> None:
    mistyped = HUAWEI[:place] + character + HUAWEI[place + 1 :]
    assert is_uscc(mistyped) is (mistyped == HUAWEI)


def test_organisation_codes_have_their_own_check_character() -> None:
    codes = ["192203821", "71526726X", "799655058", "802100433", "100003962"]
    assert all(organisation_check(code[:8]) == code[8] for code in codes)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("11010519491231002X", "11010519491231002X"),
        ("11010519491231002x", "11010519491231002X"),
        ("１１０１０５ １９４９１２３１ ００２Ｘ", "11010519491231002X"),
        ("440524188001010014", "440524188001010014"),
        ("430223189906300040", "430223189906300040"),
        ("110105491231002", "11010519491231002X"),
    ],
)
def test_issued_ids_are_accepted_and_old_ones_converted(typed: str, kept: str) -> None:
    assert parse_citizen_id(typed, TODAY) == kept
    assert is_citizen_id(kept, TODAY)


def an_id(day: str) -> str:
    """A number with this day of birth and the right check character."""
    stem = f"430302{day}001"
    total = sum(int(digit) * (2 ** (17 - place)) for place, digit in enumerate(stem))
    return stem + "10X98765432"[total % 11]


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "id-number-length"),
        ("4303021900010100", "id-number-length"),
        ("43030219000101001A", "id-number-character"),
        ("4303021900010100X6", "id-number-character"),
        ("43022319000229001X", "id-number-birth-date"),
        ("430302990229001", "id-number-birth-date"),
        ("430302190001010017", "id-number-check-digit"),
        (an_id("20990101"), "id-number-birth-date"),
        (an_id("20261126"), "id-number-birth-date"),
    ],
)
def test_a_wrong_id_is_refused_with_what_is_wrong(typed: str, code: str) -> None:
    with pytest.raises(InvalidValue) as refusal:
        parse_citizen_id(typed, TODAY)
    assert refusal.value.code == code


def test_dates_of_birth_are_plausible() -> None:
    assert parse_citizen_id(an_id("20261125"), TODAY)
    assert unusual_citizen_id(an_id("19000101"), TODAY) is None
    remark = unusual_citizen_id(an_id("18700101"), TODAY)
    assert remark is not None
    assert birth_date(an_id("18700101")) == date(1870, 1, 1)


def test_licence_numbers_are_normalised_and_unusual_ones_get_a_remark() -> None:
    assert parse_licence_number("pdy 0001－x\u200b") == "PDY0001X"
    assert unusual_licence_number("PDY0001X") is not None
    assert unusual_licence_number("44530234543030211A1001") is None
    with pytest.raises(InvalidValue):
        parse_licence_number("？")


@given(st.text(max_size=30))
def test_numbers_of_any_text_can_be_compared(text: str) -> None:
    assert level_number(level_number(text)) == level_number(text)


def test_a_masked_number_shows_its_ends() -> None:
    assert masked("11010519491231002X") == "110*************2X"
    assert masked("12345") == "*****"
