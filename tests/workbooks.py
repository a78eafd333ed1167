"""Workbooks of sample records, as a clerk fills them in."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

from openpyxl import Workbook, load_workbook


def workbook(
    headings: Sequence[str], rows: Sequence[Sequence[Any]], *, above: int = 0, title: str = "名单"
) -> bytes:
    """A workbook with these headings below some empty rows, and these rows."""
    book = Workbook()
    sheet = book.active
    sheet.title = title
    for _ in range(above):
        sheet.append([])
    for row in (headings, *rows):
        sheet.append([None if cell == "" else cell for cell in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def of_values(form: Mapping[str, Any], records: Sequence[Mapping[str, Any]], **more: Any) -> bytes:
    """A workbook with a column for each field of a form's description, and a row for each record."""
    fields = form["fields"]
    return workbook(
        [one["label_zh"] for one in fields],
        [[_cell(one.get(each["name"])) for each in fields] for one in records],
        **more,
    )


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "是" if value else "否"
    return "、".join(value) if isinstance(value, list) else value


def cells_of(content: bytes) -> list[list[Any]]:
    """The cells of the first sheet."""
    return [list(row) for row in load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(values_only=True)]
