"""How records are searched: by parts of names and numbers, through an index of pairs of characters."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from services.registry.records.problems import QueryTooShort

_SEPARATOR = "\x1f"
_IGNORED = re.compile(r"[\s·•・\-–—_()\[\]【】〔〕,，.。、]+")
_LOOKALIKES = str.maketrans("oizs", "0125")


@dataclass(frozen=True, slots=True)
class Query:
    """What a search looks for: all of these terms, and their pairs of characters for the index."""

    terms: tuple[str, ...]
    grams: tuple[str, ...]


def searched_form(text: str) -> str:
    """How text is compared in a search: width, case, punctuation and look-alikes (O/0, I/1) make no difference."""
    return _IGNORED.sub("", unicodedata.normalize("NFKC", text).casefold()).translate(_LOOKALIKES)


def searched_text(parts: Iterable[str | None]) -> str:
    """What a search looks through."""
    return _SEPARATOR.join(searched_form(part) for part in parts if part)


def grams_of(text: str) -> list[str]:
    """Every pair of neighbouring characters, by which the index finds a text."""
    pairs = (part[at : at + 2] for part in text.split(_SEPARATOR) for at in range(len(part) - 1))
    return sorted(set(pairs))


def query_of(words: str) -> Query:
    """What a person's words ask for: parts of names and numbers in any order, of two characters at least."""
    terms = tuple(term for word in words.split() if (term := searched_form(word)))
    grams = tuple(sorted({gram for term in terms for gram in grams_of(term)}))
    QueryTooShort.unless(grams)
    return Query(terms, grams)
