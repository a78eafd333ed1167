"""Phones, e-mail addresses, dates and numbers as people type them."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.identifiers.contacts import level_email, level_phone
from shared.identifiers.invalid import InvalidValue
from shared.identifiers.quantities import parse_day, parse_number


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("13800000000", "13800000000"),
        ("138 0000 0000", "13800000000"),
        ("１３８－００００－００００", "13800000000"),
        ("+86 138-0000-0000", "13800000000"),
        ("008613800000000", "13800000000"),
        ("0731-58214600", "0731-58214600"),
        ("（0731）58214600", "0731-58214600"),
        ("(0731) 5821 4600", "0731-58214600"),
        ("073158214600", "0731-58214600"),
        ("0731—58214600", "0731-58214600"),
        ("+86 731 58214600", "0731-58214600"),
        ("010-88888888", "010-88888888"),
        ("0731-58214600转8001", "0731-58214600转8001"),
        ("0731-58214600-8001", "0731-58214600转8001"),
        ("0731-58214600 ext. 8001", "0731-58214600转8001"),
        ("0731-58214600分机8001", "0731-58214600转8001"),
        ("400-123-4567", "4001234567"),
        ("12393", "12393"),
        ("+852 2123 4567", "+85221234567"),
        ("\u200e0731-58214600", "0731-58214600"),
    ],
)
def test_phones_are_normalised(typed: str, kept: str) -> None:
    assert level_phone(typed) == kept
    assert level_phone(kept) == kept


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("58214600", "phone-area-code"),
        ("12345678901", "phone-form"),
        ("1380000000", "phone-form"),
        ("123", "phone-form"),
        ("call me", "phone-character"),
        ("", "phone-character"),
        ("0731-5821\x00600", "control-character"),
    ],
)
def test_a_wrong_phone_is_refused_with_what_is_wrong(typed: str, code: str) -> None:
    with pytest.raises(InvalidValue) as refusal:
        level_phone(typed)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("ybb@hospital.cn", "ybb@hospital.cn"),
        (" ｙｂｂ＠ｈｏｓｐｉｔａｌ．ｃｎ ", "ybb@hospital.cn"),
        ("ybb@hospital。cn", "ybb@hospital.cn"),
        ("ybb@Hospital.CN", "ybb@hospital.cn"),
        ("ybb\u200b@hospital.cn", "ybb@hospital.cn"),
        ("张三@医院.中国", "张三@医院.中国"),
    ],
)
def test_email_addresses_are_normalised(typed: str, kept: str) -> None:
    assert level_email(typed) == kept


@pytest.mark.parametrize("typed", ["nobody", "a@b", "a@@b.cn", "@hospital.cn", "a b c@", "", "x" * 300 + "@a.cn"])
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(InvalidValue) as refusal:
        level_email(typed)
    assert refusal.value.code in ("email-form", "email-length")


@pytest.mark.parametrize(
    "typed",
    [
        "2030-12-31",
        "2030/12/31",
        "2030.12.31",
        "2030年12月31日",
        "2030 年 12 月 31 日",
        "20301231",
        "２０３０-12-31",
        "２０３０年１２月３１日",
        "2030－12－31",
        " 2030-12-31\u200b",
    ],
)
def test_a_day_is_read_as_it_is_written(typed: str) -> None:
    assert parse_day(typed) == date(2030, 12, 31)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("2030-W52-1", "date-form"),
        ("2030-12", "date-form"),
        ("30-12-31", "date-form"),
        ("2030-12/31", "date-form"),
        ("2030-12-31T00:00:00", "date-form"),
        ("2030-1231", "date-form"),
        ("", "date-form"),
        ("2030-02-30", "date-not-existing"),
        ("20301301", "date-not-existing"),
        ("0000-01-01", "date-not-existing"),
    ],
)
def test_a_wrong_day_is_refused_with_what_is_wrong(typed: str, code: str) -> None:
    with pytest.raises(InvalidValue) as refusal:
        parse_day(typed)
    assert refusal.value.code == code


@given(st.dates())
def test_every_day_is_read_from_each_form(day: date) -> None:
    assert parse_day(day.isoformat()) == day
    assert parse_day(f"{day.year:04}年{day.month}月{day.day}日") == day


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        (1500, "1500"),
        (2.5, "2.5"),
        ("1500", "1500"),
        ("１５００", "1500"),
        ("1,500", "1500"),
        ("1，500", "1500"),
        (" 112.9388 ", "112.9388"),
        ("-3", "-3"),
        ("０", "0"),
    ],
)
def test_a_number_is_read_as_it_is_written(typed: object, number: str) -> None:
    assert parse_number(typed) == Decimal(number)


@pytest.mark.parametrize(
    "typed",
    [
        *("1_500", "1e3", "1,50", "15 00", "一百", "1500张", "nan", "inf", "", "0x10", "٣", "1" * 40),
        *(True, None, [], float("nan"), float("inf")),
    ],
)
def test_anything_else_is_no_number(typed: object) -> None:
    with pytest.raises(InvalidValue) as refusal:
        parse_number(typed)
    assert refusal.value.code == "number-form"
