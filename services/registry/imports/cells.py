"""From a cell of a workbook to a value of a form: what is safe is understood, what is not is explained (IMP-2)."""

import re
from datetime import date, timedelta
from difflib import get_close_matches
from typing import Any, NamedTuple

from shared.forms.dictionaries import Dictionary
from shared.forms.form import Field
from shared.forms.kinds import (
    Choice,
    CitizenId,
    CreditCode,
    Day,
    DrugLicenceNumber,
    FieldKind,
    Flag,
    IdNumber,
    InsuranceRegion,
    LicenceNumber,
    Number,
    Phone,
    Reference,
    Several,
)
from shared.identifiers.characters import level_text
from shared.identifiers.citizen_id import is_citizen_id, parse_id_number
from shared.identifiers.invalid import InvalidValue
from shared.identifiers.names import compared

# Excel keeps fifteen digits of a number; the others have become zeros.
_EXACT = 10**15
_EXPONENT = re.compile(r"[0-9](\.[0-9]+)?[eE]\+?[0-9]+")
_SEPARATORS = re.compile(r"[、,，;；/\n]+")
_DATE = re.compile(r"(\d{4})\s*[-－–./年]\s*(\d{1,2})\s*[-－–./月]\s*(\d{1,2})\s*日?")
_COMPACT_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")
_CODE_AND_NAME = re.compile(r"([0-9A-Za-z]+)[\s:：.、-]+(\S.*)")
_SERIALS = range(367, 73051)  # 1901 to 2099
_EPOCH = date(1899, 12, 30)
_TRUE, _FALSE = {"是", "有", "y", "yes", "true", "1", "√"}, {"否", "无", "n", "no", "false", "0", "×"}
_LOOKALIKES = str.maketrans("OoIl", "0011")
_NUMBERS = (CitizenId, IdNumber, CreditCode, LicenceNumber, DrugLicenceNumber, Phone)


class WrongCell(NamedTuple):
    """Why a cell is not understood, with a stable code, and what it probably was to be."""

    code: str
    zh: str
    en: str
    fix: str = ""


class Understood(NamedTuple):
    """The value of a cell, or what is wrong with it."""

    value: Any = None
    wrong: WrongCell | None = None


def understood(field: Field, cell: Any, reference: Reference) -> Understood:
    """What a cell says as the value of a field; nothing where it is empty."""
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return Understood()
    try:
        return _of_kind(field.kind, cell, reference)
    except InvalidValue as wrong:
        return Understood(wrong=WrongCell(wrong.code, wrong.zh, wrong.en))


def _of_kind(kind: FieldKind, cell: Any, reference: Reference) -> Understood:
    match kind:
        case Day():
            return _day(cell)
        case Flag():
            return _flag(cell)
        case Choice():
            return _choice(cell, reference.dictionaries[kind.dictionary])
        case Several(of=Choice(dictionary=dictionary)):
            return _several(cell, reference.dictionaries[dictionary])
    return _words(kind, cell)


def _words(kind: FieldKind, cell: Any) -> Understood:
    if isinstance(cell, dict):
        en = "It is a date where a text is expected."
        return Understood(wrong=WrongCell("date-in-text", "此处是日期，应为文字。", en))
    if isinstance(kind, Number):
        return Understood(cell)
    if isinstance(kind, _NUMBERS) and (lost := _lost(cell)):
        return Understood(wrong=lost)
    text = _text(cell)
    return Understood(text.split()[0] if isinstance(kind, InsuranceRegion) else text)


def likely_fix(field: Field, value: Any, reference: Reference) -> str:
    """What a refused value probably was to be: letters O and l for the digits 0 and 1; empty for no idea."""
    if not isinstance(value, str) or not isinstance(field.kind, _NUMBERS):
        return ""
    candidate = level_text(value).translate(_LOOKALIKES).replace(" ", "")
    if candidate == value:
        return ""
    if isinstance(field.kind, IdNumber):
        try:
            number = parse_id_number(candidate)
        except InvalidValue:
            return ""
        return number if is_citizen_id(number, reference.today) else ""
    try:
        return str(field.kind.parse(candidate, reference))
    except InvalidValue:
        return ""


def _text(cell: Any) -> str:
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _lost(cell: Any) -> WrongCell | None:
    """A long number that a cell of numbers has cut down to fifteen digits, or shows with an exponent."""
    numeric = isinstance(cell, (int, float)) and not isinstance(cell, bool) and abs(cell) >= _EXACT
    if not numeric and not (isinstance(cell, str) and _EXPONENT.fullmatch(cell.strip())):
        return None
    zh = "该号码被当作数字保存，后几位已丢失，无法恢复。请将该列设为“文本”格式后重新填写。"
    en = "It was kept as a number and its last digits are lost; format the column as text and type it again."
    return WrongCell("number-lost-to-format", zh, en)


def _day(cell: Any) -> Understood:
    if isinstance(cell, dict):
        return Understood(cell["date"])
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        if int(cell) in _SERIALS:
            return Understood((_EPOCH + timedelta(days=int(cell))).isoformat())
        cell = _text(cell)
    text = level_text(str(cell))
    found = _DATE.fullmatch(text.split(" ")[0]) or _DATE.fullmatch(text) or _COMPACT_DATE.fullmatch(text)
    if found is None:
        zh = "无法识别的日期，请填写如 2024-01-31。"
        return Understood(wrong=WrongCell("date-form", zh, "No date is recognised; write it as 2024-01-31."))
    year, month, day = (int(part) for part in found.groups())
    return Understood(f"{year:04d}-{month:02d}-{day:02d}")


def _flag(cell: Any) -> Understood:
    if isinstance(cell, bool):
        return Understood(cell)
    word = level_text(_text(cell)).casefold()
    if word in _TRUE or word in _FALSE:
        return Understood(word in _TRUE)
    return Understood(wrong=WrongCell("yes-or-no", "请填写“是”或“否”。", "Write 是 (yes) or 否 (no)."))


def _several(cell: Any, dictionary: Dictionary) -> Understood:
    text = _text(cell)
    # An entry may have the separator in its name.
    if (whole := _choice(text, dictionary)).wrong is None:
        return Understood([whole.value])
    found = {part: _choice(part, dictionary) for part in filter(str.strip, _SEPARATORS.split(text))}
    wrong = {part: one.wrong for part, one in found.items() if one.wrong is not None}
    if not wrong:
        return Understood([one.value for one in found.values()])
    first = next(iter(wrong.values()))
    named, fixes = "、".join(wrong), "、".join(one.fix for one in wrong.values() if one.fix)
    return Understood(wrong=first._replace(zh=f"“{named}”：{first.zh}", en=f"{named}: {first.en}", fix=fixes))


def _choice(cell: Any, dictionary: Dictionary) -> Understood:
    text = level_text(_text(cell))
    for code in (text, text.zfill(2)):
        if code in dictionary.by_code:
            return Understood(code)
    if (found := _CODE_AND_NAME.fullmatch(text)) and (entry := dictionary.by_code.get(found[1])):
        if compared(found[2]) == compared(entry.name):
            return Understood(entry.code)
        zh, en = f"代码 {entry.code} 的名称是“{entry.name}”。", f"The name of code {entry.code} is {entry.name}."
        return Understood(wrong=WrongCell("code-and-name-differ", zh, en, f"{entry.code} {entry.name}"))
    codes = [entry.code for entry in dictionary.entries if compared(entry.name) == compared(text)]
    if len(codes) == 1:
        return Understood(codes[0])
    if codes:
        listed = "、".join(codes[:10])
        zh = f"有 {len(codes)} 项同名，请填写代码（{listed}）。"
        en = f"{len(codes)} entries have this name; write the code ({listed})."
        return Understood(wrong=WrongCell("ambiguous-name", zh, en))
    near = get_close_matches(text, [entry.name for entry in dictionary.entries], 1, 0.5)
    zh, en = "字典中没有这一项，请从下拉列表中选择。", "It is not in the list; choose one from the drop-down list."
    return Understood(wrong=WrongCell("not-in-dictionary", zh, en, near[0] if near else ""))


def says_long_term(cell: Any) -> bool:
    """Whether the cell of a last day says that there is none."""
    return isinstance(cell, str) and level_text(cell) in {"长期", "长期有效", "无固定期限", "永久"}
