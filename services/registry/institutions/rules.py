"""What an institution's record is, when two are the same, how it is searched, and what may be done with it."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from services.registry.filings import Filing, FilingState
from services.registry.institutions.problems import (
    InstitutionLocked,
    NothingToSubmit,
    NumberChangeNeeded,
    QueryTooShort,
)
from shared.identifiers.names import compared
from shared.identifiers.numbers import level_number
from shared.problems import ChangedMeanwhile

Details = dict[str, Any]
Snapshot = Mapping[str, Any]

_SEPARATOR = "\x1f"
_IGNORED = re.compile(r"[\s·•・\-–—_()\[\]【】〔〕,，.。、]+")
_LOOKALIKES = str.maketrans("oizs", "0125")


class CodeState(StrEnum):
    """Whether the institution bears a code (COD-2)."""

    NONE = "none"
    AWAITING_AGREEMENT = "awaiting-agreement"
    ASSIGNED = "assigned"


@dataclass(frozen=True, slots=True)
class Institution:
    """A record: the working copy, what is filed, the version in force; `told` counts the events about it."""

    institution_id: UUID
    details: Details
    attachments: dict[str, Any]
    added_by: UUID
    version: int = 1
    told: int = 0
    filing: Filing = field(default_factory=Filing)
    filed: Snapshot | None = None
    approved: Snapshot | None = None
    approved_at: datetime | None = None
    code: str | None = None
    code_state: CodeState = CodeState.NONE

    @property
    def name(self) -> str:
        """The full name, as on the practising licence."""
        return str(self.details["name"])

    @property
    def region(self) -> str:
        """The pooling region, from which the review sets out."""
        return str(self.details["pooling_region"])

    @property
    def identity(self) -> str:
        """By what it is told from every other."""
        return identity_of(self.details)

    def changed(self, details: Details, attachments: dict[str, Any], now: datetime) -> Self:
        """The record with another working copy; the version in force stays in force (INS-8)."""
        NumberChangeNeeded.unless(self.code is None or numbers_of(details) == numbers_of(self.details))
        filing = self.filing
        if filing.state is FilingState.APPROVED:
            filing = filing.reopened(now)
        return replace(self, version=self.version + 1, details=details, attachments=attachments, filing=filing)

    def submitted(self, now: datetime) -> Self:
        """The record filed as it is, and locked (INS-7)."""
        NothingToSubmit.unless(self.filing.state is not FilingState.APPROVED)
        filing = self.filing.filed(now)
        filed = {"details": self.details, "attachments": self.attachments, "submission": filing.submission}
        return replace(self, version=self.version + 1, told=self.told + 1, filing=filing, filed=filed)

    def heard(self, filing: Filing) -> Self:
        """The record after its case moved; approval puts what was filed in force (INS-8)."""
        after = replace(self, version=self.version + 1, filing=filing)
        if filing.state is not FilingState.APPROVED:
            return after
        return replace(after, told=self.told + 1, approved=self.filed, approved_at=filing.since)

    def open_at(self, version: int) -> None:
        """Refuses work on what lies with its reviewers, or on a version that somebody has changed meanwhile."""
        InstitutionLocked.unless(not self.filing.locked, unit_name=self.filing.unit_name, level=self.filing.level)
        ChangedMeanwhile.unless(version == self.version, current=self.version, seen=version)


def identity_of(details: Mapping[str, Any]) -> str:
    """Full name, USCC and licence number as they are compared: the duplicate test (AUT-2)."""
    return _SEPARATOR.join((compared(details["name"]), *numbers_of(details)))


def numbers_of(details: Mapping[str, Any]) -> tuple[str, str]:
    """The two numbers that after coding only a number change alters (INS-4)."""
    return level_number(details.get("uscc") or ""), level_number(details.get("licence_number") or "")


def searched_form(text: str) -> str:
    """How text is compared in a search: width, case, punctuation and look-alikes (O/0, I/1) make no difference."""
    return _IGNORED.sub("", unicodedata.normalize("NFKC", text).casefold()).translate(_LOOKALIKES)


def searched_text(details: Mapping[str, Any]) -> str:
    """What a search looks through: name, USCC and licence number."""
    parts = (details["name"], details.get("uscc"), details.get("licence_number"))
    return _SEPARATOR.join(searched_form(part) for part in parts if part)


def grams_of(text: str) -> list[str]:
    """Every pair of neighbouring characters, by which the index finds a text."""
    pairs = (part[at : at + 2] for part in text.split(_SEPARATOR) for at in range(len(part) - 1))
    return sorted(set(pairs))


@dataclass(frozen=True, slots=True)
class Query:
    """What a search looks for: all of these terms, and their grams for the index."""

    terms: tuple[str, ...]
    grams: tuple[str, ...]


def wanted(query: str) -> Query:
    """What a person's words ask for: parts of names and numbers in any order, of two characters at least."""
    terms = tuple(term for word in query.split() if (term := searched_form(word)))
    grams = tuple(sorted({gram for term in terms for gram in grams_of(term)}))
    QueryTooShort.unless(grams)
    return Query(terms, grams)
