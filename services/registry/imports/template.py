"""Workbooks that the platform makes: the template of a kind, and one with its wrong cells marked (IMP-1, IMP-4).

Text stays text: no cell of these workbooks is a formula, whatever it begins with.
"""

import io
from collections.abc import Mapping, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from services.registry.imports.rules import Problem
from shared.forms.conditions import ALWAYS
from shared.forms.dictionaries import Dictionaries, Dictionary
from shared.forms.form import Field, Form
from shared.forms.kinds import Choice, Flag, Number, Several

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_ROWS = 50_000
_AUTHOR = "Fuma"
_LISTS, _NOTES = "字典", "填写说明"
_REQUIRED, _WRONG = PatternFill("solid", fgColor="FFF2CC"), PatternFill("solid", fgColor="FFC7CE")
_HEADINGS = Font(bold=True)
# A list that is longer is chosen from by typing, with the sheet of lists beside it.
_MOST_IN_DROP_DOWN = 400


def template(form: Form, dictionaries: Dictionaries) -> bytes:
    """The workbook to fill in: a column for each field, drop-downs, text where digits count, notes."""
    book = Workbook()
    sheet = book.active
    sheet.title = form.zh[:31]
    lists = book.create_sheet(_LISTS)
    placed = _write_lists(lists, form, dictionaries)
    for number, field in enumerate(form.fields, start=1):
        heading = sheet.cell(1, number, f"{'*' if field.required is ALWAYS else ''}{field.zh}")
        heading.font, heading.comment = _HEADINGS, Comment(_note(field), _AUTHOR)
        if field.required is ALWAYS:
            heading.fill = _REQUIRED
        letter = get_column_letter(number)
        sheet.column_dimensions[letter].width = max(12, 2 * len(field.zh) + 2)
        if not isinstance(field.kind, (Flag, Number)):
            sheet.column_dimensions[letter].number_format = "@"
        if choices := _choices(field, placed):
            validation = DataValidation("list", formula1=choices, allow_blank=True, showErrorMessage=False)
            validation.add(f"{letter}2:{letter}{_ROWS + 1}")
            sheet.add_data_validation(validation)
    sheet.freeze_panes = "A2"
    _write_notes(book.create_sheet(_NOTES), form)
    return _saved(book)


def marked(
    form: Form, columns: Mapping[str, int], rows: Sequence[tuple[Sequence[Any], Sequence[Problem]]]
) -> bytes:
    """The rows with their wrong cells coloured and commented: reason and likely fix."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(form.zh[:31])
    shown = sorted(columns, key=lambda name: columns[name])
    sheet.append([_text_cell(sheet, form.field_of[name].zh) for name in shown])
    for row, problems in rows:
        wrong: dict[str, list[Problem]] = {}
        for one in problems:
            wrong.setdefault(one.field if one.field in columns else shown[0], []).append(one)
        sheet.append([_marked_cell(sheet, _at(row, columns[name]), wrong.get(name, ())) for name in shown])
    return _saved(book)


def _marked_cell(sheet: Any, value: Any, problems: Sequence[Problem]) -> Any:
    cell = _text_cell(sheet, value)
    if problems:
        cell.fill = _WRONG
        lines = [f"{one.zh}{f'（可能应为：{one.fix}）' if one.fix else ''}" for one in problems]
        cell.comment = Comment("\n".join(lines), _AUTHOR)
    return cell


def _text_cell(sheet: Any, value: Any) -> Any:
    text = value["date"] if isinstance(value, dict) else value
    cell = WriteOnlyCell(sheet, value=text if not isinstance(text, str) else None)
    if isinstance(text, str):
        # Set past the assignment, which takes a text that begins with "=" for a formula.
        plain = ILLEGAL_CHARACTERS_RE.sub("\ufffd", text)
        cell._value, cell.data_type, cell.number_format = plain, "s", "@"  # noqa: SLF001
    return cell


def _at(row: Sequence[Any], place: int) -> Any:
    return row[place] if place < len(row) else None


def _note(field: Field) -> str:
    parts = [field.en, f"列名 {field.exchange}"]
    if field.example:
        parts.append(f"示例：{field.example}")
    if isinstance(field.kind, Several):
        parts.append("多项用顿号“、”分隔")
    return "\n".join(parts)


def _dictionary_of(field: Field) -> str | None:
    kind = field.kind.of if isinstance(field.kind, Several) else field.kind
    return kind.dictionary if isinstance(kind, Choice) else None


def _write_lists(sheet: Any, form: Form, dictionaries: Dictionaries) -> dict[str, str]:
    """Writes each dictionary into a column; returns the ranges."""
    placed: dict[str, str] = {}
    names = dict.fromkeys(filter(None, (_dictionary_of(field) for field in form.fields)))
    for number, name in enumerate(names, start=1):
        entries = _entries(dictionaries[name])
        sheet.cell(1, number, name).font = _HEADINGS
        for row, entry in enumerate(entries, start=2):
            sheet.cell(row, number, entry)
        if len(entries) <= _MOST_IN_DROP_DOWN:
            letter = get_column_letter(number)
            placed[name] = f"'{_LISTS}'!${letter}$2:${letter}${len(entries) + 1}"
    return placed


def _entries(dictionary: Dictionary) -> list[str]:
    return [f"{entry.code} {entry.name}" for entry in dictionary.entries]


def _choices(field: Field, placed: Mapping[str, str]) -> str | None:
    if isinstance(field.kind, Flag):
        return '"是,否"'
    # A cell with a drop-down takes one entry; several are typed.
    return None if isinstance(field.kind, Several) else placed.get(_dictionary_of(field) or "")


def _write_notes(sheet: Any, form: Form) -> None:
    sheet.append(["列", "Column", "必填", "示例", "说明"])
    for field in form.fields:
        required = "是" if field.required is ALWAYS else "视情况" if field.required.describe() != _NEVER else ""
        sheet.append([field.zh, field.en, required, field.example, _note(field).replace("\n", "；")])
    for notice in form.notices:
        sheet.append([notice.zh, notice.en])
    for letter, width in zip("ABCDE", (28, 36, 8, 28, 60), strict=True):
        sheet.column_dimensions[letter].width = width
    for row in sheet.iter_rows():
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")


_NEVER = {"always": False}


def _saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
