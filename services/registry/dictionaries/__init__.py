"""Dictionaries: the codes that fields of forms may have, read from their files once."""

import csv
from pathlib import Path
from types import MappingProxyType

from shared.forms.dictionaries import Dictionaries, Dictionary, entries_of

_DATA = Path(__file__).parent / "data"
_DIVISIONS = Path(__file__).parents[1] / "regions" / "data" / "divisions.csv"


def load() -> Dictionaries:
    """Every dictionary that `editions.csv` lists, by name."""
    with (_DATA / "editions.csv").open(encoding="utf-8", newline="") as file:
        listed = list(csv.DictReader(file))
    return MappingProxyType({one["dictionary"]: _read(one) for one in listed})


def _read(listed: dict[str, str]) -> Dictionary:
    name = listed["dictionary"]
    path = _DIVISIONS if name == "division" else _DATA / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return Dictionary(name, listed["edition"], entries_of(file), listed["source"])


DICTIONARIES = load()
