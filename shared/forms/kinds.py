"""Kinds of fields: what each accepts, the form in which it is stored, and its description for clients.

`parse` returns the stored value and raises InvalidValue with a stable code and the reason in both languages.
`schema` is the JSON Schema of a stored value.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, ClassVar, Protocol

from pydantic import JsonValue

from shared.forms.dictionaries import Dictionaries
from shared.identifiers.characters import level_text
from shared.identifiers.citizen_id import parse_citizen_id, parse_id_number
from shared.identifiers.contacts import level_email, level_phone
from shared.identifiers.invalid import InvalidValue
from shared.identifiers.names import LONGEST_PERSON_NAME, level_name, level_person_name
from shared.identifiers.numbers import parse_drug_licence_number, parse_licence_number
from shared.identifiers.quantities import parse_day, parse_number
from shared.identifiers.uscc import parse_uscc

Schema = dict[str, Any]

_MOST_ITEMS = 300


@dataclass(frozen=True, slots=True)
class Reference:
    """The data that values are checked against: dictionaries, region names by code, and today's date in China."""

    dictionaries: Dictionaries
    regions: Mapping[str, str]
    today: date


class FieldKind(Protocol):
    """The interface of every kind of field."""

    def parse(self, value: JsonValue, reference: Reference, /) -> JsonValue:
        """Returns the value as it is stored; raises InvalidValue."""

    def schema(self) -> Schema:
        """Returns the JSON Schema of the stored value."""

    def describe(self) -> dict[str, Any]:
        """Returns the kind's name and its settings."""


class Described:
    """A kind that is described by its name and its settings."""

    __slots__ = ()
    kind: ClassVar[str]

    def describe(self) -> dict[str, Any]:
        """Returns the kind's name with its settings."""
        return {"kind": self.kind, **asdict(self)}  # type: ignore[call-overload]


@dataclass(frozen=True, slots=True)
class Text(Described):
    """A line of text with a maximum number of characters."""

    kind: ClassVar[str] = "text"
    longest: int

    def parse(self, value: JsonValue, _: Reference, /) -> JsonValue:
        """The levelled text."""
        return _at_most(self.longest, level_text(_text(value)))

    def schema(self) -> Schema:
        """A string with its length."""
        return {"type": "string", "maxLength": self.longest}


@dataclass(frozen=True, slots=True)
class LongText(Text):
    """A text of several lines with a maximum length."""

    kind: ClassVar[str] = "long-text"

    def parse(self, value: JsonValue, _: Reference, /) -> JsonValue:
        """The levelled lines."""
        lines = [level_text(line) for line in _text(value).splitlines()]
        return _at_most(self.longest, "\n".join(lines).strip())


@dataclass(frozen=True, slots=True)
class Name(Text):
    """The name of an institution, a pharmacy or a unit."""

    kind: ClassVar[str] = "name"

    def parse(self, value: JsonValue, _: Reference, /) -> JsonValue:
        """The levelled name."""
        return _at_most(self.longest, level_name(_text(value)))


@dataclass(frozen=True, slots=True)
class PersonName(Described):
    """The name of a person."""

    kind: ClassVar[str] = "person-name"

    def parse(self, value: JsonValue, _: Reference, /) -> JsonValue:
        """The levelled name."""
        return level_person_name(_text(value))

    def schema(self) -> Schema:
        """A string with its length."""
        return {"type": "string", "maxLength": LONGEST_PERSON_NAME}


@dataclass(frozen=True, slots=True)
class CitizenId(Described):
    """The number of a citizen's ID card (GB 11643-1999)."""

    kind: ClassVar[str] = "citizen-id"

    def parse(self, value: JsonValue, reference: Reference, /) -> JsonValue:
        """The eighteen characters."""
        return parse_citizen_id(_text(value), reference.today)

    def schema(self) -> Schema:
        """Eighteen characters."""
        return {"type": "string", "pattern": "^[0-9]{17}[0-9X]$"}


@dataclass(frozen=True, slots=True)
class IdNumber(Described):
    """The number of an identity document of any type; `checks.identified` compares it with its type."""

    kind: ClassVar[str] = "id-number"

    def parse(self, value: JsonValue, _: Reference, /) -> JsonValue:
        """The levelled number."""
        return parse_id_number(_text(value))

    def schema(self) -> Schema:
        """Letters and digits."""
        return {"type": "string", "pattern": "^[0-9A-Z()]{5,30}$"}


@dataclass(frozen=True, slots=True)
class Phone(Described):
    """A telephone or fax number, with area code or extension where there is one."""

    kind: ClassVar[str] = "phone"

    def parse(self, value: JsonValue, _: Reference, /) -> JsonValue:
        """The levelled number."""
        return level_phone(_text(value))

    def schema(self) -> Schema:
        """A string."""
        return {"type": "string", "maxLength": 36}


@dataclass(frozen=True, slots=True)
class Email(Described):
    """An e-mail address."""

    kind: ClassVar[str] = "email"

    def parse(self, value: JsonValue, _: Reference, /) -> JsonValue:
        """The levelled address."""
        return level_email(_text(value))

    def schema(self) -> Schema:
        """A string."""
        return {"type": "string", "maxLength": 254}


@dataclass(frozen=True, slots=True)
class CreditCode(Described):
    """A unified social credit code (GB 32100-2015); `irregular` accepts a wrong last character."""

    kind: ClassVar[str] = "credit-code"
    irregular: bool = False

    def parse(self, value: JsonValue, _: Reference, /) -> JsonValue:
        """The levelled code."""
        return parse_uscc(_text(value), irregular=self.irregular)

    def schema(self) -> Schema:
        """Eighteen characters."""
        return {"type": "string", "pattern": "^[0-9A-HJ-NPQRTUWXY]{18}$"}


@dataclass(frozen=True, slots=True)
class LicenceNumber(Described):
    """The registration number of a practising licence: 22 characters today, older ones differ."""

    kind: ClassVar[str] = "licence-number"

    def parse(self, value: JsonValue, _: Reference, /) -> JsonValue:
        """The levelled number."""
        return parse_licence_number(_text(value))

    def schema(self) -> Schema:
        """Letters and digits."""
        return {"type": "string", "pattern": "^[0-9A-Z]{5,50}$"}


@dataclass(frozen=True, slots=True)
class DrugLicenceNumber(Described):
    """The number of a drug licence (药品经营许可证)."""

    kind: ClassVar[str] = "drug-licence-number"

    def parse(self, value: JsonValue, _: Reference, /) -> JsonValue:
        """The levelled number."""
        return parse_drug_licence_number(_text(value))

    def schema(self) -> Schema:
        """Chinese characters, letters and digits."""
        return {"type": "string", "pattern": "^[0-9A-Z一-鿿()]{5,50}$"}


@dataclass(frozen=True, slots=True)
class Day(Described):
    """A calendar day."""

    kind: ClassVar[str] = "day"

    def parse(self, value: JsonValue, _: Reference, /) -> JsonValue:
        """`YYYY-MM-DD`, of a day that exists."""
        return parse_day(_text(value)).isoformat()

    def schema(self) -> Schema:
        """A date."""
        return {"type": "string", "format": "date"}


@dataclass(frozen=True, slots=True)
class Number(Described):
    """A number between two bounds; an integer where it counts things."""

    kind: ClassVar[str] = "number"
    low: float
    high: float
    whole: bool = True

    def parse(self, value: JsonValue, _: Reference, /) -> JsonValue:
        """The number, from a JSON number or from text."""
        number = parse_number(value)
        if not self.low <= number <= self.high or (self.whole and number % 1 != 0):
            zh, en = ("整数", "a whole number") if self.whole else ("数值", "a number")
            low, high = f"{self.low:g}", f"{self.high:g}"
            raise InvalidValue(
                "number", f"请填写 {low} 至 {high} 之间的{zh}。", f"It is {en} from {low} to {high}."
            )
        return int(number) if self.whole else float(number)

    def schema(self) -> Schema:
        """A number with its bounds."""
        return {"type": "integer" if self.whole else "number", "minimum": self.low, "maximum": self.high}


@dataclass(frozen=True, slots=True)
class Flag(Described):
    """Yes or no."""

    kind: ClassVar[str] = "flag"

    def parse(self, value: JsonValue, _: Reference, /) -> JsonValue:
        """True or false."""
        if not isinstance(value, bool):
            raise InvalidValue("yes-or-no", "请选择是或否。", "It is yes or no.")
        return value

    def schema(self) -> Schema:
        """A boolean."""
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Choice(Described):
    """A code of a dictionary that is valid today."""

    kind: ClassVar[str] = "choice"
    dictionary: str

    def parse(self, value: JsonValue, reference: Reference, /) -> JsonValue:
        """The code."""
        code = level_text(_text(value))
        entry = reference.dictionaries[self.dictionary].by_code.get(code)
        if entry is None:
            raise InvalidValue("not-in-dictionary", "请从列表中选择。", "Choose one from the list.")
        if not entry.valid_on(reference.today):
            zh, en = f"代码 {code} 目前无效，请重新选择。", f"Code {code} is not valid today; choose another."
            raise InvalidValue("code-not-valid", zh, en)
        return code

    def schema(self) -> Schema:
        """A string, with the name of its dictionary."""
        return {"type": "string", "maxLength": 50, "x-dictionary": self.dictionary}


@dataclass(frozen=True, slots=True)
class InsuranceRegion(Described):
    """A region of the insurance tree: a division, or the row for a city's or province's own level."""

    kind: ClassVar[str] = "insurance-region"

    def parse(self, value: JsonValue, reference: Reference, /) -> JsonValue:
        """The six digits; raises InvalidValue for an unknown region."""
        code = level_text(_text(value))
        if code not in reference.regions:
            raise InvalidValue(
                "unknown-region", "没有这个医保区划，请从列表中选择。", "There is no such insurance region."
            )
        return code

    def schema(self) -> Schema:
        """Six digits."""
        return {"type": "string", "pattern": "^[0-9]{6}$"}


@dataclass(frozen=True, slots=True)
class Several(Described):
    """A list of distinct values of one kind, in the given order."""

    kind: ClassVar[str] = "several"
    of: FieldKind

    def parse(self, value: JsonValue, reference: Reference, /) -> JsonValue:
        """The distinct values."""
        if not isinstance(value, list) or len(value) > _MOST_ITEMS:
            zh, en = f"请填写列表（最多 {_MOST_ITEMS} 项）。", f"It is a list of {_MOST_ITEMS} at most."
            raise InvalidValue("list", zh, en)
        parsed: list[JsonValue] = []
        for item in value:
            one = self.of.parse(item, reference)
            if one not in parsed:
                parsed.append(one)
        return parsed

    def schema(self) -> Schema:
        """An array."""
        return {"type": "array", "maxItems": _MOST_ITEMS, "items": self.of.schema()}

    def describe(self) -> dict[str, Any]:
        """The kind of its items."""
        return {"kind": self.kind, "of": self.of.describe()}


def _at_most(longest: int, text: str) -> str:
    if len(text) > longest:
        raise InvalidValue("too-long", f"最多 {longest} 个字符。", f"{longest} characters at most.")
    return text


def _text(value: JsonValue) -> str:
    if not isinstance(value, str):
        raise InvalidValue("text", "请填写文字。", "It is a text.")
    return value
