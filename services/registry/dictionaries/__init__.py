"""Dictionaries: the codes that a field of a form may have, with their names in words."""

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

_DATA = Path(__file__).parent / "data"
_DIVISIONS = Path(__file__).parents[1] / "regions" / "data" / "divisions.csv"


@cache
def names(dictionary: str) -> Mapping[str, str]:
    """The names of a dictionary's codes, in the order in which people choose; KeyError where there is none."""
    path = _DIVISIONS if dictionary == "division" else _DATA / f"{dictionary}.csv"
    if dictionary not in available():
        raise KeyError(dictionary)
    with path.open(encoding="utf-8", newline="") as file:
        return MappingProxyType({row["code"]: row["name"] for row in csv.DictReader(file)})


@cache
def available() -> frozenset[str]:
    """Which dictionaries there are."""
    return frozenset({path.stem for path in _DATA.glob("*.csv")} | {"division"})
