"""Kinds of fields: what each takes, in which form it is kept, and how a reviewer reads it.

`taken` gives the value as it is kept and raises InvalidValue with a stable code and both languages; `shown`
gives it in words. `places` holds the names of the insurance regions that the form mentions, by code.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import JsonValue

from services.registry.dictionaries import names
from shared.identifiers.characters import level_text, readable
from shared.identifiers.contacts import level_email, level_phone
from shared.identifiers.invalid import InvalidValue
from shared.identifiers.names import level_name, level_person_name
from shared.identifiers.numbers import parse_licence_number
from shared.identifiers.quantities import parse_day, parse_number
from shared.identifiers.uscc import parse_uscc

Places = Mapping[str, str]

_MOST_ITEMS = 300


class FieldKind(Protocol):
    """What is asked of a kind of field."""

    def taken(self, value: JsonValue, places: Places, /) -> JsonValue:
        """The value as it is kept; raises InvalidValue."""

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
        """The levelled text."""
        text = level_text(_text(value))
        if len(text) > self.longest:
            raise InvalidValue("too-long", f"最多 {self.longest} 个字符。", f"{self.longest} characters at most.")
        return text


class Name(Text):
    """The name of an institution or a person."""

    def taken(self, value: JsonValue, _: Places, /) -> JsonValue:
        """The levelled name."""
        return Text.taken(self, level_name(_text(value)), _)


@dataclass(frozen=True, slots=True)
class PersonName(AsItIs):
    """The name of a person."""

    def taken(self, value: JsonValue, _: Places, /) -> JsonValue:
        """The levelled name."""
        return level_person_name(_text(value))


@dataclass(frozen=True, slots=True)
class Phone(AsItIs):
    """A telephone or fax number, with area code or extension where there is one."""

    def taken(self, value: JsonValue, _: Places, /) -> JsonValue:
        """The levelled number."""
        return level_phone(_text(value))


@dataclass(frozen=True, slots=True)
class Email(AsItIs):
    """An e-mail address."""

    def taken(self, value: JsonValue, _: Places, /) -> JsonValue:
        """The levelled address."""
        return level_email(_text(value))


@dataclass(frozen=True, slots=True)
class CreditCode(AsItIs):
    """A unified social credit code (GB 32100-2015)."""

    def taken(self, value: JsonValue, _: Places, /) -> JsonValue:
        """The levelled code."""
        return parse_uscc(_text(value))


@dataclass(frozen=True, slots=True)
class LicenceNumber(AsItIs):
    """The registration number of a practising licence: 22 characters today, older ones differ."""

    def taken(self, value: JsonValue, _: Places, /) -> JsonValue:
        """The levelled number."""
        return parse_licence_number(_text(value))


@dataclass(frozen=True, slots=True)
class Day(AsItIs):
    """A calendar day."""

    def taken(self, value: JsonValue, _: Places, /) -> JsonValue:
        """`YYYY-MM-DD`, of a day that exists."""
        return parse_day(_text(value)).isoformat()


@dataclass(frozen=True, slots=True)
class Number(AsItIs):
    """A number between two bounds, whole where it counts things."""

    low: float
    high: float
    whole: bool = True

    def taken(self, value: JsonValue, _: Places, /) -> JsonValue:
        """The number, from a JSON number or from text."""
        number = parse_number(value)
        if not self.low <= number <= self.high or (self.whole and number % 1 != 0):
            kind_zh, kind_en = ("整数", "a whole number") if self.whole else ("数值", "a number")
            bounds = f"{self.low:g}", f"{self.high:g}"
            raise InvalidValue(
                "number",
                f"请填写 {bounds[0]} 至 {bounds[1]} 之间的{kind_zh}。",
                f"It is {kind_en} from {bounds[0]} to {bounds[1]}.",
            )
        return int(number) if self.whole else float(number)


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
        code = level_text(_text(value))
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
        code = level_text(_text(value))
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
    if not readable(value):
        raise InvalidValue("text", "内容为空。", "It is empty.")
    return value
