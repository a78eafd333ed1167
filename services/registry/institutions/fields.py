"""Kinds of fields: what each takes, in which form it is kept, and how a reviewer reads it.

`taken` gives the value as it is kept and raises `Wrong` with a stable code and both languages; `shown` gives
it in words. `places` holds the
names of the insurance regions that the form mentions, by code.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from pydantic import JsonValue

from services.registry.dictionaries import names
from shared.identifiers.documents import is_uscc, levelled, likely_uscc

Places = Mapping[str, str]

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_PHONE = re.compile(r"\+?[0-9][0-9 \-()]{5,30}[0-9](?:[ \-]?(?:转|ext\.?)[ ]?[0-9]{1,6})?")
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_LICENCE = re.compile(r"[0-9A-Z]{5,50}")
_MOST_ITEMS = 300


class InvalidValue(ValueError):
    """A value that a field does not take."""

    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(code)
        self.code, self.zh, self.en = code, zh, en


class FieldKind(Protocol):
    """What is asked of a kind of field."""

    def taken(self, value: JsonValue, places: Places, /) -> JsonValue:
        """The value as it is kept; raises Wrong."""

    def shown(self, value: JsonValue, places: Places, /) -> str:
        """The value in words."""


class AsItIs:
    """Kinds whose values need no words."""

    __slots__ = ()

    def shown(self, value: JsonValue, _: Places, /) -> str:
        """As it is."""
        return str(value)


@dataclass(frozen=True, slots=True)
class Text(AsItIs):
    """A line of text of at most so many characters."""

    longest: int

    def taken(self, value: JsonValue, _: Places, /) -> JsonValue:
        """The text without spaces around it."""
        text = _text(value)
        if len(text) > self.longest:
            raise InvalidValue("too-long", f"最多 {self.longest} 个字符。", f"{self.longest} characters at most.")
        return text


@dataclass(frozen=True, slots=True)
class Written(Text):
    """A text of a fixed pattern, with the problem's code and how it is told."""

    pattern: re.Pattern[str]
    code: str
    zh: str
    en: str

    def taken(self, value: JsonValue, _: Places, /) -> JsonValue:
        """The text, where it has the pattern."""
        text = Text.taken(self, value, _)
        if not self.pattern.fullmatch(str(text)):
            raise InvalidValue(self.code, self.zh, self.en)
        return text


def phone() -> Written:
    """A telephone or fax number, with area code or extension where there is one."""
    return Written(36, _PHONE, "phone", "电话号码格式不正确。", "This is not a telephone number.")


def email() -> Written:
    """An e-mail address."""
    return Written(36, _EMAIL, "email", "邮箱地址格式不正确。", "This is not an e-mail address.")


@dataclass(frozen=True, slots=True)
class CreditCode(AsItIs):
    """A unified social credit code (GB 32100-2015)."""

    def taken(self, value: JsonValue, _: Places, /) -> JsonValue:
        """The levelled code; what is wrong by one look-alike is told with what was likely meant."""
        text = levelled(_text(value))
        if is_uscc(text):
            return text
        likely = likely_uscc(text)
        if is_uscc(likely):
            raise InvalidValue("uscc-likely", f"您是否想填写 {likely}？", f"Did you mean {likely}?")
        raise InvalidValue(
            "uscc-check-digit",
            "统一社会信用代码校验不通过，请对照证照逐位核对（不含字母 I、O、S、V、Z）。",
            "The credit code fails its check digit; compare it with the certificate (it has no I, O, S, V, Z).",
        )


@dataclass(frozen=True, slots=True)
class LicenceNumber(AsItIs):
    """The registration number of a practising licence: 22 characters today, older ones differ."""

    def taken(self, value: JsonValue, _: Places, /) -> JsonValue:
        """The levelled number."""
        text = levelled(_text(value))
        if not _LICENCE.fullmatch(text):
            raise InvalidValue(
                "licence-number", "登记号应为 5 至 50 位字母或数字。", "It has 5 to 50 letters and digits."
            )
        return text


@dataclass(frozen=True, slots=True)
class Day(AsItIs):
    """A calendar day."""

    def taken(self, value: JsonValue, _: Places, /) -> JsonValue:
        """`YYYY-MM-DD`, of a day that exists."""
        try:
            return date.fromisoformat(_text(value)).isoformat()
        except ValueError as error:
            raise InvalidValue(
                "date", "请按 2026-01-31 的格式填写日期。", "Write the day as 2026-01-31."
            ) from error


@dataclass(frozen=True, slots=True)
class Number(AsItIs):
    """A number between two bounds, whole where it counts things."""

    low: float
    high: float
    whole: bool = True

    def taken(self, value: JsonValue, _: Places, /) -> JsonValue:
        """The number, from a JSON number or from text."""
        try:
            number = float(str(value)) if not isinstance(value, bool) else float("nan")
        except ValueError:
            number = float("nan")
        if not self.low <= number <= self.high or (self.whole and number != int(number)):
            kind_zh, kind_en = ("整数", "a whole number") if self.whole else ("数值", "a number")
            bounds = f"{self.low:g}", f"{self.high:g}"
            raise InvalidValue(
                "number",
                f"请填写 {bounds[0]} 至 {bounds[1]} 之间的{kind_zh}。",
                f"It is {kind_en} from {bounds[0]} to {bounds[1]}.",
            )
        return int(number) if self.whole else number


@dataclass(frozen=True, slots=True)
class Flag:
    """Yes or no."""

    def taken(self, value: JsonValue, _: Places, /) -> JsonValue:
        """True or false."""
        if not isinstance(value, bool):
            raise InvalidValue("yes-or-no", "请选择是或否。", "It is yes or no.")
        return value

    def shown(self, value: JsonValue, _: Places, /) -> str:
        """是 or 否."""
        return "是" if value else "否"


@dataclass(frozen=True, slots=True)
class Choice:
    """A code of a dictionary."""

    dictionary: str

    def taken(self, value: JsonValue, _: Places, /) -> JsonValue:
        """The code, where the dictionary has it."""
        code = _text(value)
        if code not in names(self.dictionary):
            raise InvalidValue("not-in-dictionary", "请从列表中选择。", "Choose one from the list.")
        return code

    def shown(self, value: JsonValue, _: Places, /) -> str:
        """The name in the dictionary, as of today."""
        return names(self.dictionary).get(str(value), str(value))


@dataclass(frozen=True, slots=True)
class InsuranceRegion:
    """A region of the insurance tree: a division, or the own level of a city or province."""

    def taken(self, value: JsonValue, places: Places, /) -> JsonValue:
        """The six digits, where such a region is known."""
        code = _text(value)
        if code not in places:
            raise InvalidValue(
                "unknown-region", "没有这个医保区划，请从列表中选择。", "There is no such insurance region."
            )
        return code

    def shown(self, value: JsonValue, places: Places, /) -> str:
        """Its name with the code."""
        code = str(value)
        return f"{places[code]}（{code}）" if code in places else code


@dataclass(frozen=True, slots=True)
class Several:
    """A list of texts, such as the departments on a licence."""

    longest: int

    def taken(self, value: JsonValue, _: Places, /) -> JsonValue:
        """The texts, each once, in the order given."""
        if not isinstance(value, list) or len(value) > _MOST_ITEMS:
            raise InvalidValue(
                "list", f"请填写列表（最多 {_MOST_ITEMS} 项）。", f"It is a list of {_MOST_ITEMS} at most."
            )
        one = Text(self.longest)
        return list(dict.fromkeys(str(one.taken(item, _)) for item in value))

    def shown(self, value: JsonValue, _: Places, /) -> str:
        """The texts with Chinese commas."""
        items: list[Any] = value if isinstance(value, list) else [value]
        return "、".join(map(str, items))


def _text(value: JsonValue) -> str:
    if not isinstance(value, str):
        raise InvalidValue("text", "请填写文字。", "It is a text.")
    text = value.strip()
    if not text or _CONTROL.search(text):
        raise InvalidValue("text", "内容为空或含有不可见字符。", "It is empty or has invisible characters.")
    return text
