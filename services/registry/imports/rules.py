"""An import: its rows and cells, where it stands, and what its headings mean (IMP-1, IMP-2, IMP-4)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from services.registry.imports.cells import likely_fix, says_long_term, understood
from services.registry.imports.problems import ColumnsMissing
from shared.forms.filling import completed
from shared.forms.form import Form
from shared.forms.kinds import Reference
from shared.identifiers.names import compared

_LOOKED_AT = 20
_FEWEST_HEADINGS = 2
_DECORATION = re.compile(r"[*＊\s]|（[^）]*）|\([^)]*\)")
_LETTERS = 26
_UNTIL, _LONG_TERM = "_until", "_long_term"


class Mode(StrEnum):
    """What happens where some rows are wrong: nothing at all, or the good rows are taken (IMP-4)."""

    ALL = "all"
    GOOD_ROWS = "good-rows"


class Existing(StrEnum):
    """What happens to a row whose record exists: it is refused, naming the record, or the record is changed."""

    REFUSE = "refuse"
    CHANGE = "change"


class ImportState(StrEnum):
    """Where an import is."""

    CHECKING = "checking"
    REFUSED = "refused"
    APPLIED = "applied"


class Sheet(NamedTuple):
    """A workbook's sheet: the columns by the fields of the form, its rows, and headings that no field has."""

    columns: dict[str, int]
    header_row: int
    rows: list[tuple[int, list[Any]]]
    ignored: list[str]


class Problem(NamedTuple):
    """What is wrong with a row, at a column, with the likely fix; the value is read from the cell."""

    field: str
    code: str
    zh: str
    en: str
    fix: str = ""
    record_id: str | None = None


@dataclass(frozen=True, slots=True)
class Import:
    """An import; `columns` are the columns by field, `rows` and `wrong` count rows."""

    import_id: UUID
    kind: str
    account_id: UUID
    provider_id: UUID | None
    digest: bytes
    file_name: str
    mode: Mode
    existing: Existing
    state: ImportState
    columns: Mapping[str, int]
    header_row: int
    ignored: Sequence[str]
    rows: int
    wrong: int
    applied: int
    added_at: datetime
    job_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A checked row of the sheet: its values, what is wrong with it, and by what it is known."""

    number: int
    values: dict[str, Any]
    problems: tuple[Problem, ...]
    identity: str | None


def sheet_of(form: Form, needed: Sequence[str], rows: Sequence[list[Any]]) -> Sheet:
    """Finds the headings among the first rows, wherever the columns are; raises ColumnsMissing.

    A heading is the field's label in Chinese or English, its column in the national tables, or nearly the label.
    """
    found = [(_columns_of(form, row), at) for at, row in enumerate(rows[:_LOOKED_AT])]
    columns, at = max(found, key=lambda one: len(one[0]), default=({}, 0))
    missing = [form.field_of[name].zh for name in needed if name not in columns]
    if len(columns) < _FEWEST_HEADINGS:
        missing = [form.field_of[name].zh for name in needed]
    ColumnsMissing.unless(not missing, columns="、".join(missing))
    named = set(columns.values())
    headings = {place: _printable(one) for place, one in enumerate(rows[at]) if place not in named}
    ignored = [heading for heading in headings.values() if heading]
    data = [(number + 1, row) for number, row in enumerate(rows) if number > at and _filled(row, named)]
    return Sheet(columns, at + 1, data, ignored[:_LOOKED_AT])


def _printable(cell: Any) -> str:
    return "" if cell is None else "".join(one for one in str(cell) if one.isprintable()).strip()


def _filled(row: Sequence[Any], columns: set[int]) -> bool:
    return any(_printable(row[place]) for place in columns if place < len(row))


def _columns_of(form: Form, row: Sequence[Any]) -> dict[str, int]:
    names: dict[str, str] = {}
    for field in form.fields:
        for word in (field.zh, field.en, field.exchange, field.name):
            names.setdefault(_heading(word), field.name)
    words = {place: _heading(cell) for place, cell in enumerate(row) if isinstance(cell, str) and cell.strip()}
    columns: dict[str, int] = {}
    for place, word in words.items():
        if word in names:
            columns.setdefault(names[word], place)
    # A heading that is nearly a label is taken where no other heading is the label itself.
    for place, word in words.items():
        near = [] if word in names else get_close_matches(word, names, 1, 0.85)
        if near:
            columns.setdefault(names[near[0]], place)
    return columns


def _heading(text: str) -> str:
    return compared(_DECORATION.sub("", text))


def given_of(
    form: Form, columns: Mapping[str, int], row: Sequence[Any], reference: Reference
) -> tuple[dict[str, Any], list[Problem]]:
    """The values that a row gives to the form, and the cells that are not understood."""
    given: dict[str, Any] = {}
    problems = []
    for name, place in columns.items():
        cell = row[place] if place < len(row) else None
        flag = name.removesuffix(_UNTIL) + _LONG_TERM
        if flag in form.field_of and name.endswith(_UNTIL) and says_long_term(cell):
            given[flag] = True
            continue
        value, wrong = understood(form.field_of[name], cell, reference)
        if wrong is not None:
            problems.append(Problem(name, *wrong))
        elif value is not None:
            given.setdefault(name, value)
    return given, problems


def checked(
    form: Form, columns: Mapping[str, int], row: Sequence[Any], reference: Reference
) -> tuple[dict[str, Any], list[Problem]]:
    """The values of a row, and everything that is wrong with it at once (IMP-2)."""
    given, problems = given_of(form, columns, row, reference)
    values, found = completed(form, given, (), reference, form.field_of)
    wrong = {one.field for one in problems}
    for one in found:
        if one.field in wrong:
            continue
        field = form.field_of[one.field]
        fix = likely_fix(field, given.get(one.field), reference)
        problems.append(Problem(one.field, one.code, one.zh, one.en, fix))
    return values, problems


def column_letter(place: int) -> str:
    """The letters of a column, from A for 0."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, _LETTERS)
        letters = chr(ord("A") + rest) + letters
    return letters
