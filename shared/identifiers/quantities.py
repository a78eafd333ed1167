"""Parses days and numbers in the ways in which people write them."""

import re
import unicodedata
from datetime import date
from decimal import Decimal

from shared.identifiers.characters import level_text
from shared.identifiers.invalid import InvalidValue

_DAY = re.compile(
    r"(?P<year>[0-9]{4})(?P<gap>[-/.])(?P<month>[0-9]{1,2})(?P=gap)(?P<day>[0-9]{1,2})"
    r"|(?P<year_zh>[0-9]{4})年(?P<month_zh>[0-9]{1,2})月(?P<day_zh>[0-9]{1,2})[日号]?"
    r"|(?P<year_8>[0-9]{4})(?P<month_8>[0-9]{2})(?P<day_8>[0-9]{2})"
)
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−", "-"))
_NUMBER = re.compile(r"-?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,30})(?:\.[0-9]{1,30})?")


def parse_day(text: str) -> date:
    """Parses a day: `2030-12-31`, `2030/12/31`, `2030.12.31`, `2030年12月31日` or `20301231`, in any width.

    Raises InvalidValue for any other form and for a date that does not exist.
    """
    typed = unicodedata.normalize("NFKC", level_text(text)).translate(_DASHES).replace(" ", "")
    found = _DAY.fullmatch(typed)
    if found is None:
        zh, en = "请按 2026-01-31 的格式填写日期。", "Write the day as 2026-01-31."
        raise InvalidValue("date-form", zh, en)
    year, month, day = (int(part) for part in found.groups() if part is not None and part.isdecimal())
    try:
        return date(year, month, day)
    except ValueError as error:
        zh, en = f"日期 {typed} 不存在，请核对。", f"There is no such day as {typed}."
        raise InvalidValue("date-not-existing", zh, en) from error


def parse_number(value: object) -> Decimal:
    """Parses a number, from a JSON number or from text in any width, with or without thousands separators.

    Raises InvalidValue for anything else: exponents, underscores, words.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise _not_a_number()
    if not isinstance(value, str):
        number = Decimal(str(value))
        if not number.is_finite():
            raise _not_a_number()
        return number
    typed = unicodedata.normalize("NFKC", level_text(value)).replace("−", "-")
    if not _NUMBER.fullmatch(typed):
        raise _not_a_number()
    return Decimal(typed.replace(",", ""))


def _not_a_number() -> InvalidValue:
    return InvalidValue("number-form", "请填写阿拉伯数字，例如 1500。", "Write it in digits, as in 1500.")
