"""Dictionaries: the codes that a field can have, with their names, an edition, and their validity dates."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType

Dictionaries = Mapping[str, "Dictionary"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A code with its name; without dates it is always valid. `valid_until` is the last valid day."""

    code: str
    name: str
    valid_from: date | None = None
    valid_until: date | None = None
    name_en: str = ""

    def valid_on(self, day: date) -> bool:
        """Whether the code can be chosen on a day."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day <= self.valid_until
        )


@dataclass(frozen=True, slots=True)
class Dictionary:
    """A list of codes in display order; `source` names the publication that defines them.

    `revision` counts the changes since that edition.
    """

    name: str
    edition: str
    entries: tuple[Entry, ...]
    source: str = ""
    revision: int = 0
    by_code: Mapping[str, Entry] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_code", {one.code: one for one in self.entries})


def entries_of(lines: Iterable[str]) -> tuple[Entry, ...]:
    """Reads entries from a CSV with the columns code and name, and optional name_en and validity dates."""
    return tuple(
        Entry(
            row["code"],
            row["name"],
            _day(row.get("valid_from")),
            _day(row.get("valid_until")),
            row.get("name_en") or "",
        )
        for row in csv.DictReader(lines)
    )


def read_dictionaries(folder: Path, elsewhere: Mapping[str, Path] = MappingProxyType({})) -> Dictionaries:
    """Reads every dictionary that a folder's `editions.csv` lists; `elsewhere` maps names to files outside it."""
    with (folder / "editions.csv").open(encoding="utf-8", newline="") as file:
        listed = list(csv.DictReader(file))
    return MappingProxyType(
        {
            one["dictionary"]: _read(one, elsewhere.get(one["dictionary"], folder / f"{one['dictionary']}.csv"))
            for one in listed
        }
    )


def _read(listed: Mapping[str, str], path: Path) -> Dictionary:
    with path.open(encoding="utf-8", newline="") as file:
        return Dictionary(listed["dictionary"], listed["edition"], entries_of(file), listed["source"])


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
