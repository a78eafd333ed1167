"""Which names are so similar that two records may be the same provider, and what differs between them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any
from uuid import UUID

from shared.identifiers.names import compared
from shared.search.text import grams_of, searched_form

_BRACKETS = re.compile(r"[()]")
# What people leave out of names and put into them: ranks of regions, and the long form of a company's.
_LEFT_OUT = re.compile(r"特别行政区|自治[区州县旗]|[省市县区镇乡]|(?<=有限)责任(?=公司)")
_NUMERALS = str.maketrans("〇零一二三四五六七八九", "00123456789")
# Where names differ in one of these, the providers differ: the first hospital and the second, east and west.
_DISTINGUISHING = frozenset("0123456789十百甲乙丙丁东西南北中上下前后左右大小新老男女")
_QUARTERS = 4
MAX_DIFFERENCE = 1


@dataclass(frozen=True, slots=True)
class Compared:
    """What is compared of a record: its names, its numbers and its address."""

    record_id: UUID
    names: tuple[str, ...]
    numbers: Mapping[str, str | None]
    address: str


@dataclass(frozen=True, slots=True)
class PossibleDuplicate:
    """A record that may be the same provider, and the fields in which it differs."""

    record_id: UUID
    differs: tuple[str, ...]


def skeleton(name: str) -> str:
    """What is left of a name without what people leave out: 湘潭市第一人民医院 gives 湘潭第1人民医院."""
    return _LEFT_OUT.sub("", _BRACKETS.sub("", compared(name))).translate(_NUMERALS)


def is_same_but_for_ranks(one: str, other: str) -> bool:
    """Whether two names differ at most in ranks that one leaves out, brackets and the script of numerals."""
    return skeleton(one) == skeleton(other) and _ranks_agree(one, other)


def is_near(one: str, other: str) -> bool:
    """Whether one character was added, left out or replaced, and not one that tells providers apart."""
    first, second = skeleton(one), skeleton(other)
    shorter = min(len(first), len(second))
    begin = next((at for at in range(shorter) if first[at] != second[at]), shorter)
    rest = shorter - begin
    end = next((at for at in range(rest) if first[-1 - at] != second[-1 - at]), rest)
    changed = (first[begin : len(first) - end], second[begin : len(second) - end])
    is_small = all(len(part) <= MAX_DIFFERENCE and not _DISTINGUISHING & set(part) for part in changed)
    return is_small and _ranks_agree(one, other)


def _ranks_agree(one: str, other: str) -> bool:
    """Whether one name has all ranks of the other, in order: 湘潭市 may be 湘潭, but 湘潭县 is another place."""
    longer, shorter = sorted((_LEFT_OUT.findall(compared(name)) for name in (one, other)), key=len, reverse=True)
    rest = iter(longer)
    return all(rank in rest for rank in shorter)


def possible_duplicate(one: Compared, other: Compared, name_field: str) -> PossibleDuplicate | None:
    """Whether another record may be the same provider.

    Names that differ in ranks alone suffice; names that are near do where the address or a number is the same.
    """
    pairs = [(mine, its) for mine in one.names for its in other.names]
    same_address = bool(one.address) and skeleton(one.address) == skeleton(other.address)
    same_number = any(number and other.numbers.get(field) == number for field, number in one.numbers.items())
    alike = any(is_same_but_for_ranks(*pair) for pair in pairs)
    if not alike and not ((same_address or same_number) and any(is_near(*pair) for pair in pairs)):
        return None
    differs = [] if one.names[0] == other.names[0] else [name_field]
    differs += [field for field, number in one.numbers.items() if number != other.numbers.get(field)]
    return PossibleDuplicate(other.record_id, (*differs, *(() if same_address else ("address",))))


def gram_alternatives(name: str) -> list[list[str]]:
    """The sets of grams of which a similar name has at least one whole: each two of the name's four quarters.

    A character that was changed spoils the two grams that it is in, which lie in two quarters at most.
    """
    text = searched_form(name)
    pairs = [text[at : at + 2] for at in range(len(text) - 1)]
    quarters = [
        pairs[len(pairs) * at // _QUARTERS : len(pairs) * (at + 1) // _QUARTERS] for at in range(_QUARTERS)
    ]
    return [grams for two in combinations(quarters, 2) if (grams := sorted({*two[0], *two[1]}))]


def city_token(region: str) -> str:
    """The token among the grams of all records of the same city."""
    return next(token for token in grams_of("", region) if len(token) == len("r4303"))


def names_of(name: str, values: Mapping[str, Any], others: tuple[str, ...]) -> tuple[str, ...]:
    """The names of a record, the one that lists show first."""
    return (name, *(str(values[field]) for field in others if values.get(field)))
