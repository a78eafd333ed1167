"""Cells of workbooks: what is understood as the value of a field, and what is not."""

from datetime import date
from typing import Any

import pytest

from services.registry.dictionaries import DICTIONARIES
from services.registry.imports.cells import understood
from services.registry.imports.rules import column_letter, sheet_of
from services.registry.nurses.form import FORM as NURSE
from services.registry.physicians.form import FORM as PHYSICIAN
from shared.forms.kinds import Reference

REFERENCE = Reference(DICTIONARIES, {}, date(2026, 1, 1))


@pytest.mark.parametrize(
    ("field", "cell", "value"),
    [
        ("category", "1 临床", "1"),
        ("category", " 临床 ", "1"),
        ("category", 1.0, "1"),
        ("id_type", 1, "01"),
        ("scope", "医学检验、病理专业", ["20"]),
        ("scope", "内科专业，外科专业；11", ["11", "12", "11"]),
        ("multi_site", "√", True),
        ("multi_site", 0, False),
        ("certificate_number", 110430000001234.0, "110430000001234"),
        ("contract_from", {"date": "2024-02-29"}, "2024-02-29"),
        ("name", "   ", None),
    ],
)
def test_what_is_safe_is_understood(field: str, cell: Any, value: Any) -> None:
    found = understood(PHYSICIAN.field_of[field], cell, REFERENCE)
    assert (found.value, found.wrong) == (value, None)


@pytest.mark.parametrize(
    ("field", "cell", "code", "fix"),
    [
        ("category", "1 口腔", "code-and-name-differ", "1 临床"),
        ("practice_division", "和平区", "ambiguous-name", ""),
        ("scope", "内科专业、外可专业、儿可专业", "not-in-dictionary", "外科专业、儿科专业"),
        ("certificate_number", "1.1043E+14", "number-lost-to-format", ""),
        ("certificate_number", 1.1e17, "number-lost-to-format", ""),
        ("id_number", {"date": "2024-01-01"}, "date-in-text", ""),
        ("contract_from", "明年", "date-form", ""),
        ("multi_site", "可能", "yes-or-no", ""),
    ],
)
def test_what_is_not_safe_is_explained(field: str, cell: Any, code: str, fix: str) -> None:
    wrong = understood(PHYSICIAN.field_of[field], cell, REFERENCE).wrong
    assert wrong is not None
    assert (wrong.code, wrong.fix) == (code, fix)


def test_a_heading_that_is_the_label_counts_before_one_that_is_nearly_so() -> None:
    headings = ["原身份证件号码", "身份证件号码", "姓 名*", "备\x00注"]
    sheet = sheet_of(NURSE, ("name", "id_number"), [[], headings, ["甲", "乙", "丙", "丁"], ["", "  ", None, "x"]])
    assert (sheet.columns, sheet.header_row) == ({"id_number": 1, "name": 2}, 2)
    assert sheet.ignored == ["原身份证件号码", "备注"]
    assert [number for number, _ in sheet.rows] == [3]


@pytest.mark.parametrize(("place", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")])
def test_columns_have_letters(place: int, letters: str) -> None:
    assert column_letter(place) == letters
