"""The number of a citizen's identity card (公民身份号码; GB 11643-1999): the current 18 characters and the old 15.

Passports and the cards of residents of Hong Kong, Macao and Taiwan follow other rules and will have modules of
their own.
"""

import re
from datetime import date

from stdnum.iso7064 import mod_11_2

from shared.identifiers.characters import level_text
from shared.identifiers.invalid import InvalidValue, Remark
from shared.identifiers.numbers import level_number

_LENGTH, _OLD_LENGTH = 18, 15
_FORM = re.compile(r"[0-9]{17}[0-9X]")
_OLD_FORM = re.compile(r"[0-9]{15}")
_ANY_FORM = re.compile(r"[0-9A-Z()]{5,30}")
_OLDEST_YEARS = 150


def parse_citizen_id(text: str, today: date) -> str:
    """Returns the normalised number of 18 characters; converts one of 15 (STA-5).

    `today` is the date in China. Raises InvalidValue with what is wrong: length, characters, a date of birth that
    does not exist or is in the future, the check character. The division is not checked: IDs keep divisions that
    were abolished long ago.
    """
    number = level_number(level_text(text))
    if _OLD_FORM.fullmatch(number):
        number = _renewed(number)
    if len(number) not in (_LENGTH, _OLD_LENGTH):
        zh = f"身份证号应为 18 位，您填写了 {len(number)} 位。"
        raise InvalidValue("id-number-length", zh, f"An ID number has 18 characters; this one has {len(number)}.")
    if not _FORM.fullmatch(number):
        zh, en = "身份证号应为数字，只有末位可以是 X。", "An ID number has digits, and at its end perhaps an X."
        raise InvalidValue("id-number-character", zh, en)
    _check_birth_date(number, today)
    if not mod_11_2.is_valid(number):
        zh, en = "身份证号校验不通过，请逐位核对。", "The ID number fails its check digit; compare it."
        raise InvalidValue("id-number-check-digit", zh, en)
    return number


def parse_id_number(text: str) -> str:
    """Returns the normalised number of any identity document; one of 15 digits becomes the 18 of today (STA-5).

    Raises InvalidValue. Whether a citizen's number is right is another question: see `parse_citizen_id`.
    """
    number = level_number(level_text(text))
    if not _ANY_FORM.fullmatch(number):
        zh, en = "证件号码应为 5 至 30 位字母或数字。", "The number has 5 to 30 letters and digits."
        raise InvalidValue("id-number-form", zh, en)
    return _renewed(number) if _OLD_FORM.fullmatch(number) else number


def is_citizen_id(text: str, today: date) -> bool:
    """Whether a text is a valid, normalised number of 18 characters with a date of birth in the past."""
    try:
        return parse_citizen_id(text, today) == text
    except InvalidValue:
        return False


def birth_date(number: str) -> date:
    """Returns the date of birth in a number of 18 characters; raises ValueError for an impossible date."""
    return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))


def unusual_citizen_id(number: str, today: date) -> Remark | None:
    """Returns a remark on a number whose holder would be older than any person on record."""
    born = birth_date(number)
    if today.year - born.year <= _OLDEST_YEARS:
        return None
    zh = f"出生日期为 {born.isoformat()}，请核对。"
    return Remark("id-number-old", zh, f"The day of birth is {born.isoformat()}; please compare it.")


def _renewed(old: str) -> str:
    stem = f"{old[:6]}19{old[6:]}"
    return stem + str(mod_11_2.calc_check_digit(stem))


def _check_birth_date(number: str, today: date) -> None:
    try:
        born = birth_date(number)
    except ValueError as error:
        zh = f"身份证号中的出生日期 {number[6:14]} 不存在。"
        en = f"The day of birth in the ID number, {number[6:14]}, does not exist."
        raise InvalidValue("id-number-birth-date", zh, en) from error
    if born > today:
        zh = f"身份证号中的出生日期 {born.isoformat()} 晚于今天。"
        en = f"The day of birth in the ID number, {born.isoformat()}, is yet to come."
        raise InvalidValue("id-number-birth-date", zh, en)
