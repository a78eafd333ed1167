"""Who gets a code, when, and which: national formats, serials by prefecture, the policies of COD-2."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from shared.contracts.coding.events import CodeKind
from shared.identifiers.names import compared
from shared.identifiers.numbers import level_number
from shared.identifiers.regions import prefecture_of
from shared.problems import Kind, RuleBroken


class SerialsExhausted(RuleBroken):
    """A prefecture has used up its serial numbers; codes never wrap around."""

    code = "serials-exhausted"
    kind = Kind.CONFLICT
    zh = "{prefecture} 的 {prefix} 类编码已用完（最多 {capacity} 个）。"
    en = "The {prefix} serials of {prefecture} are used up ({capacity} at most)."
    next_zh = "请联系国家医保局扩充编码。"
    next_en = "The nation's unit has to extend the format."


class AssignOn(StrEnum):
    """When a code is assigned: straight after approval (A), or once an agreement exists (B)."""

    APPROVAL = "approval"
    AGREEMENT = "agreement"


@dataclass(frozen=True, slots=True)
class Format:
    """A national code format: prefix, region, serial of so many digits (nhsa_code_rules: H + 6 + 5)."""

    prefix: str
    digits: int

    @property
    def capacity(self) -> int:
        """How many serials a prefecture has."""
        return int(10**self.digits) - 1

    def code(self, region: str, serial: int) -> str:
        """The code; raises SerialsExhausted beyond the last serial."""
        SerialsExhausted.unless(
            serial <= self.capacity,
            prefecture=prefecture_of(region),
            prefix=self.prefix,
            capacity=self.capacity,
        )
        return f"{self.prefix}{region}{serial:0{self.digits}d}"


FORMATS = {CodeKind.INSTITUTION: Format("H", 5)}
ALARM_SHARE = 0.9


@dataclass(frozen=True, slots=True)
class CodeHolder:
    """A record that bears, or may come to bear, a code; without identity while it is not approved yet."""

    subject_id: UUID
    identity: str | None
    name: str | None
    region: str | None
    institution_type: str | None
    agreed: bool
    awaited: bool
    code: str | None


@dataclass(frozen=True, slots=True)
class Run:
    """The serials to take from one counter."""

    prefix: str
    prefecture: str
    count: int


def identity_of(name: str, uscc: str | None, licence_number: str | None) -> str:
    """What a code is assigned from: full name, USCC and licence number, as they are compared (COD-1)."""
    return "\x1f".join((compared(name), level_number(uscc or ""), level_number(licence_number or "")))


def assign_on_of(institution_type: str, policies: Mapping[str, AssignOn]) -> AssignOn:
    """The policy of the longest type prefix that fits (COD-2); the empty prefix is the default."""
    fitting = [prefix for prefix in policies if institution_type.startswith(prefix)]
    return policies[max(fitting, key=len)] if fitting else AssignOn.APPROVAL


def due(bearers: Iterable[CodeHolder], policies: Mapping[str, AssignOn]) -> list[CodeHolder]:
    """Those whose code is to be assigned now: approved, without one, and agreed where that is awaited."""
    return [one for one in _approved(bearers) if one.agreed or _moment(one, policies) is AssignOn.APPROVAL]


def newly_waiting(bearers: Iterable[CodeHolder], policies: Mapping[str, AssignOn]) -> list[CodeHolder]:
    """Those who are approved and have just begun to wait for an agreement."""
    return [
        one
        for one in _approved(bearers)
        if not one.agreed and not one.awaited and _moment(one, policies) is AssignOn.AGREEMENT
    ]


def _approved(bearers: Iterable[CodeHolder]) -> list[CodeHolder]:
    return [one for one in bearers if one.identity is not None and one.code is None]


def _moment(bearer: CodeHolder, policies: Mapping[str, AssignOn]) -> AssignOn:
    return assign_on_of(bearer.institution_type or "", policies)


def runs_for(bearers: Sequence[CodeHolder], form: Format, known: Mapping[str, str]) -> list[Run]:
    """How many serials are needed of each prefecture, in an order that is the same for every coder.

    An identity is counted once, where its first bearer is: there it gets its code.
    """
    place_of: dict[str, str] = {}
    for one in bearers:
        if one.identity not in known:
            place_of.setdefault(str(one.identity), prefecture_of(str(one.region)))
    return [Run(form.prefix, place, count) for place, count in sorted(Counter(place_of.values()).items())]


def coded(
    bearers: Sequence[CodeHolder], form: Format, known: Mapping[str, str], last: Mapping[str, int]
) -> list[CodeHolder]:
    """The bearers with their codes: one that their identity already has, or the next serial.

    `last` is each counter after its run was taken; serials follow the order of the bearers.
    """
    runs = runs_for(bearers, form, known)
    following = {run.prefecture: last[run.prefecture] - run.count for run in runs}
    codes = dict(known)
    for one in bearers:
        if str(one.identity) not in codes:
            place = prefecture_of(str(one.region))
            following[place] += 1
            codes[str(one.identity)] = form.code(str(one.region), following[place])
    return [replace(one, code=codes[str(one.identity)]) for one in bearers]


def running_out(form: Format, last: Mapping[str, int]) -> list[str]:
    """The prefectures that have used up nine tenths of their serials."""
    return [place for place, serial in last.items() if serial > form.capacity * ALARM_SHARE]
