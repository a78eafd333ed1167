"""Filling in the form: what is taken of a draft, what is still missing."""

from collections.abc import Mapping
from typing import Any

from pydantic import JsonValue

from services.registry.institutions.fields import Places
from services.registry.institutions.form import ATTACHMENTS, FIELD_OF, FIELDS, KEPT_ALWAYS
from services.registry.institutions.requirements import Details, is_graded
from shared.identifiers.invalid import InvalidValue
from shared.identifiers.numbers import unusual_licence_number
from shared.problems import FieldProblem, FieldsRefused

_SPECIAL_GRADE, _THIRD_LEVEL = "1", "3"


def filled_in(kept: Mapping[str, Any], given: Mapping[str, JsonValue], places: Places) -> dict[str, Any]:
    """The details after a maintainer gave some: null empties a field, what is not given stays.

    A draft is taken however incomplete (INS-14); raises FieldsRefused with every value that is wrong.
    """
    details, problems = dict(kept), []
    for name, value in given.items():
        try:
            taken = _taken(name, value, places)
        except InvalidValue as wrong:
            problems.append(wrong.at(name))
            continue
        details.pop(name, None)
        if taken is not None:
            details[name] = taken
    problems += _contradictions(details) if not problems else []
    if problems:
        raise FieldsRefused(fields=tuple(problems))
    if not is_graded(details):
        details.pop("grade", None)
    return details


def _taken(name: str, value: JsonValue, places: Places) -> JsonValue:
    if name not in FIELD_OF:
        raise InvalidValue("no-such-field", "没有这一项。", "There is no such field.")
    if value is None or value == "":
        if name in KEPT_ALWAYS:
            raise InvalidValue("missing", "此项不能为空。", "This field cannot be empty.")
        return None
    return FIELD_OF[name].kind.taken(value, places)


def _contradictions(details: Details) -> list[FieldProblem]:
    problems = []
    if details.get("uscc_absent") and details.get("uscc"):
        problems.append(
            FieldProblem(
                field="uscc",
                code="uscc-or-absent",
                zh="已选择“无”，请不要再填写统一社会信用代码。",
                en="无 (none) was chosen: leave the credit code empty.",
            )
        )
    if details.get("grade") == _SPECIAL_GRADE and details.get("level") != _THIRD_LEVEL:
        problems.append(
            FieldProblem(
                field="grade",
                code="grade-of-third-level",
                zh="“特等”仅适用于三级医疗机构。",
                en="The special grade is for institutions of the third level only.",
            )
        )
    return problems


def missing(details: Details, attached: Mapping[str, Any]) -> list[FieldProblem]:
    """What keeps the record from being filed, field by field, told before submitting (INS-1)."""
    absent = [
        _missing(field.name, f"请填写{field.label_zh}。", f"Fill in: {field.label_en}.")
        for field in FIELDS
        if field.required(details) and details.get(field.name) is None
    ]
    return absent + [
        _missing(field.name, f"请上传{field.label_zh}。", f"Attach: {field.label_en}.")
        for field in ATTACHMENTS
        if field.required(details) and field.name not in attached
    ]


def _missing(name: str, zh: str, en: str) -> FieldProblem:
    return FieldProblem(field=name, code="missing", zh=zh, en=en)


def warnings(details: Details) -> list[FieldProblem]:
    """What is unusual and worth a second look, without being refused."""
    number = details.get("licence_number")
    remark = unusual_licence_number(number) if number is not None else None
    return [remark.at("licence_number")] if remark else []
