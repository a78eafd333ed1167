"""Reads the first sheet with data of a hostile workbook; runs in a worker of the pool.

Excel's .xlsx and .xls, .ods and .csv in UTF-8, UTF-16 or GB 18030, recognised by their content: names and declared
types are not trusted. Formulas give the value that was stored with them, macros are not looked at. The rows come
back as JSON, one byte string: lists of text, numbers, booleans, nulls, and dates as `{"date": "2020-01-01"}`.
"""

import csv
import io
import zipfile
from datetime import date, datetime, time, timedelta
from typing import Any, cast

import orjson
from python_calamine import CalamineError, CalamineWorkbook

from shared.workbooks.problems import WorkbookEmpty, WorkbookEncrypted, WorkbookTooLarge, WorkbookUnreadable
from shared.workers.results import RawBytes

MOST_ROWS, MOST_COLUMNS = 50_010, 200
_MOST_BYTES_INSIDE = 512 * 1024 * 1024
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_ENCODINGS = ("utf-8-sig", "gb18030")
_SAMPLE = 64 * 1024


def read_workbook(content: bytes) -> RawBytes:
    """Returns the rows of the first sheet that has data; raises a refusal of shared.workbooks.problems."""
    rows = _rows_of_sheet(content) if content.startswith((_ZIP, _OLE)) else _rows_of_csv(content)
    if len(rows) > MOST_ROWS or max(map(len, rows), default=0) > MOST_COLUMNS:
        raise _too_large()
    if not any(cell not in ("", None) for row in rows for cell in row):
        raise WorkbookEmpty
    return orjson.dumps(rows)


def _rows_of_sheet(content: bytes) -> list[list[Any]]:
    if content.startswith(_OLE) and _ENCRYPTED in content:
        raise WorkbookEncrypted
    if content.startswith(_ZIP):
        _check_archive(content)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        for name in workbook.sheet_names:
            sheet = workbook.get_sheet_by_name(name)
            if sheet.total_height > MOST_ROWS or sheet.total_width > MOST_COLUMNS:
                raise _too_large()
            rows = sheet.to_python(skip_empty_area=False)
            if any(cell != "" for row in rows for cell in row):
                return [[_cell(one) for one in row] for row in rows]
    except (CalamineError, ValueError, OSError):
        raise WorkbookUnreadable from None
    raise WorkbookEmpty


def _check_archive(content: bytes) -> None:
    """An archive that holds far more than its own size is a bomb."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            inside = sum(one.file_size for one in archive.infolist())
    except (zipfile.BadZipFile, ValueError):
        raise WorkbookUnreadable from None
    if inside > _MOST_BYTES_INSIDE:
        raise _too_large()


def _rows_of_csv(content: bytes) -> list[list[Any]]:
    text = _decoded(content)
    if "\x00" in text:
        raise WorkbookUnreadable
    sample = text[:_SAMPLE]
    delimiter = max((",", "\t", ";", "，"), key=lambda one: sample.splitlines()[0].count(one) if sample else 0)
    try:
        return cast("list[list[Any]]", list(csv.reader(io.StringIO(text), delimiter=delimiter)))
    except csv.Error:
        raise WorkbookUnreadable from None


def _decoded(content: bytes) -> str:
    encodings = ("utf-16",) if content[:2] in (b"\xff\xfe", b"\xfe\xff") else _ENCODINGS
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise WorkbookUnreadable


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"date": value.date().isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, (time, timedelta)):
        return str(value)
    return None if value == "" else value


def _too_large() -> WorkbookTooLarge:
    return WorkbookTooLarge(rows=MOST_ROWS - 10, columns=MOST_COLUMNS)
