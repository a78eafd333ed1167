"""Filling in a form: which values are accepted, what is still missing, what deserves a second look."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import JsonValue

from shared.forms.conditions import Values
from shared.forms.form import Form
from shared.forms.kinds import Choice, Reference
from shared.identifiers.invalid import InvalidValue
from shared.problems import FieldProblem, FieldsRefused


def accepted(
    form: Form, kept: Values, given: Mapping[str, JsonValue], reference: Reference
) -> dict[str, JsonValue]:
    """The values after somebody gave some: None empties a field, what is not given stays.

    A draft is accepted however incomplete (INS-14). Raises FieldsRefused with every value that is wrong.
    """
    values, problems = dict(kept), []
    for name, value in given.items():
        try:
            parsed = _parsed(form, name, value, reference)
        except InvalidValue as wrong:
            problems.append(wrong.at(name))
            continue
        values.pop(name, None)
        if parsed is not None:
            values[name] = parsed
    values = {name: value for name, value in values.items() if _applies(form, name, values)}
    refused = {one.field for one in problems}
    refuse([*problems, *(one for check in form.checks for one in check(values) if one.field not in refused)])
    return values


def refuse(problems: Iterable[FieldProblem]) -> None:
    """Raises FieldsRefused where there is a problem."""
    if found := tuple(problems):
        raise FieldsRefused(fields=found)


def _applies(form: Form, name: str, values: Values) -> bool:
    field = form.field_of.get(name)
    return field is not None and field.applies.holds(values)


def _parsed(form: Form, name: str, value: JsonValue, reference: Reference) -> JsonValue:
    field = form.field_of.get(name)
    if field is None:
        raise InvalidValue("no-such-field", "没有这一项。", "There is no such field.")
    if value is None or value == "":
        if field.in_drafts:
            raise InvalidValue("missing", "此项不能为空。", "This field cannot be empty.")
        return None
    return field.kind.parse(value, reference)


def missing(form: Form, values: Values, attached: Mapping[str, Any]) -> list[FieldProblem]:
    """What keeps the form from being submitted, field by field (INS-1)."""
    fields = [
        _missing(field.name, f"请填写{field.zh}。", f"Fill in: {field.en}.")
        for field in form.fields
        if field.required.holds(values) and values.get(field.name) is None
    ]
    attachments = [
        _missing(field.name, f"请上传{field.zh}。", f"Attach: {field.en}.")
        for field in form.attachments
        if field.required.holds(values) and field.name not in attached
    ]
    return fields + attachments


def outdated(form: Form, values: Values, reference: Reference) -> list[FieldProblem]:
    """Codes that were accepted once and have gone out of their dictionary since."""
    chosen = (field for field in form.fields if isinstance(field.kind, Choice) and field.name in values)
    problems = []
    for field in chosen:
        try:
            field.kind.parse(values[field.name], reference)
        except InvalidValue as wrong:
            problems.append(wrong.at(field.name))
    return problems


def warnings(form: Form, values: Values) -> list[FieldProblem]:
    """What is unusual, without being refused."""
    return [one for caution in form.cautions for one in caution(values)]


def _missing(name: str, zh: str, en: str) -> FieldProblem:
    return FieldProblem(field=name, code="missing", zh=zh, en=en)
