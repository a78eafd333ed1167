"""Indexed text and queries: terms, and their pairs of neighbouring characters (grams).

Chinese has no spaces between words, so text is indexed by its pairs of characters: a row can contain a term only
if it has all the term's pairs. A GIN index finds candidates by the pairs; the terms decide.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from shared.identifiers.names import compared
from shared.identifiers.regions import Level, level_of
from shared.search.problems import QueryTooShort

SEPARATOR = "\x1f"
_BRACKETS = re.compile(r"[()]+")
# Letters and digits that people confuse: O/0, I/1, Z/2, S/5.
_LOOKALIKES = str.maketrans("oizs", "0125")
_DIGITS_OF = {Level.PROVINCE: 2, Level.CITY: 4, Level.COUNTY: 6}


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query: its terms, all of which must match, their grams and the token of a region.

    `is_local` says that it is within one city or county, which has few rows.
    """

    terms: tuple[str, ...]
    grams: tuple[str, ...]
    is_local: bool = False


def searched_form(text: str) -> str:
    """Normalises text for searching: as names are compared, without brackets and look-alikes (O/0, I/1)."""
    return _BRACKETS.sub("", compared(text)).translate(_LOOKALIKES)


def searched_text(parts: Iterable[str | None]) -> str:
    """Builds the searched text: the normalised parts, separated from each other."""
    return SEPARATOR.join(searched_form(part) for part in parts if part)


def grams_of(text: str, region: str | None = None) -> list[str]:
    """Returns the pairs of neighbouring characters of a searched text, and the tokens of its region."""
    pairs = {part[at : at + 2] for part in text.split(SEPARATOR) for at in range(len(part) - 1)}
    return sorted(pairs | set(() if region is None else _region_tokens(region)))


def terms_of(words: str) -> tuple[str, ...]:
    """The parts of names and numbers that a person's words ask for, in any order."""
    return tuple(term for word in words.split() if (term := searched_form(word)))


def query_of(words: str, seat: str | None = None) -> Query:
    """Parses a query: parts of names and numbers in any order, within the region of a unit's seat.

    Raises QueryTooShort for a query without two neighbouring characters.
    """
    terms = terms_of(words)
    grams = sorted({gram for term in terms for gram in grams_of(term)})
    QueryTooShort.unless(grams)
    is_local = seat is not None and level_of(seat) in (Level.CITY, Level.COUNTY)
    return Query(terms, (*grams, *_seat_tokens(seat)), is_local)


def _region_tokens(region: str) -> Iterable[str]:
    """Returns `r43`, `r4303`, `r430302`: the province, the city and the county of a region."""
    return (f"r{region[:2]}", f"r{region[:4]}", f"r{region}")


def _seat_tokens(seat: str | None) -> tuple[str, ...]:
    """Returns the token that all rows within a seat's region have; the nation needs none."""
    digits = _DIGITS_OF.get(level_of(seat)) if seat is not None else None
    return () if seat is None or digits is None else (f"r{seat[:digits]}",)
