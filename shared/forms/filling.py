"""Fills in a form: decides which values are accepted, which are missing, and which deserve a second look."""

from collections.abc import Container, Iterable, Mapping

from pydantic import JsonValue

from shared.forms.conditions import Values
from shared.forms.form import Field, Form
from shared.forms.kinds import Choice, FieldKind, Reference, Several
from shared.identifiers.invalid import InvalidValue, Remark
from shared.problems import FieldProblem, FieldsRefused

_EMPTY: tuple[JsonValue, ...] = (None, "", [])
_EMPTIED = Remark("missing", "此项不能为空。", "This field cannot be empty.")


def accepted(
    form: Form,
    stored: Values,
    given: Mapping[str, JsonValue],
    reference: Reference,
    found: Iterable[FieldProblem] = (),
) -> dict[str, JsonValue]:
    """Merges new values into a form's stored values: None clears a field, a field that is not given stays.

    A draft is accepted however incomplete (INS-14). Raises FieldsRefused with every value that is wrong, and with
    the problems that were found before.
    """
    values, problems = _filled(form, stored, given, reference)
    refuse([*found, *problems])
    return values


def completed(
    form: Form,
    given: Mapping[str, JsonValue],
    attached: Container[str],
    reference: Reference,
    needed: Container[str] | None = None,
) -> tuple[dict[str, JsonValue], list[FieldProblem]]:
    """Reads a form that is filled in at once: its values, and every problem, wrong or missing.

    A form that is only begun lacks no more than what `needed` names.
    """
    values, problems = _filled(form, {}, given, reference)
    refused = {one.field for one in problems}
    lacking = (one for one in missing(form, values, attached) if needed is None or one.field in needed)
    return values, [*problems, *(one for one in lacking if one.field not in refused)]


def _filled(
    form: Form, stored: Values, given: Mapping[str, JsonValue], reference: Reference
) -> tuple[dict[str, JsonValue], list[FieldProblem]]:
    values, problems = dict(stored), []
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
    contradictions = (one for check in form.checks for one in check(values))
    return values, [*problems, *(one for one in contradictions if one.field not in refused)]


def refuse(problems: Iterable[FieldProblem]) -> None:
    """Raises FieldsRefused if there is any problem."""
    if found := tuple(problems):
        raise FieldsRefused(fields=found)


def _applies(form: Form, name: str, values: Values) -> bool:
    field = form.field_of.get(name)
    return field is not None and field.applies.holds(values)


def _parsed(form: Form, name: str, value: JsonValue, reference: Reference) -> JsonValue:
    field = form.field_of.get(name)
    if field is None:
        raise InvalidValue("no-such-field", "没有这一项。", "There is no such field.")
    parsed = None if value in _EMPTY else field.kind.parse(value, reference)
    if parsed not in _EMPTY:
        return parsed
    if field.in_drafts:
        raise InvalidValue(*(field.if_missing or _EMPTIED))
    return None


def missing(form: Form, values: Values, attached: Container[str]) -> list[FieldProblem]:
    """Lists what the form still needs before it can be submitted, field by field (INS-1)."""
    fields = [
        _absent(field) for field in form.fields if field.required.holds(values) and values.get(field.name) is None
    ]
    attachments = [
        _missing(field.name, f"请上传{field.zh}。", f"Attach: {field.en}.")
        for field in form.attachments
        if field.required.holds(values) and field.name not in attached
    ]
    return fields + attachments


def outdated(form: Form, values: Values, reference: Reference) -> list[FieldProblem]:
    """Lists codes that were valid when they were accepted and are no longer in their dictionary."""
    chosen = (field for field in form.fields if _chooses(field.kind) and field.name in values)
    problems = []
    for field in chosen:
        try:
            field.kind.parse(values[field.name], reference)
        except InvalidValue as wrong:
            problems.append(wrong.at(field.name))
    return problems


def warnings(form: Form, values: Values) -> list[FieldProblem]:
    """Lists unusual values that are not refused."""
    return [one for caution in form.cautions for one in caution(values)]


def _chooses(kind: FieldKind) -> bool:
    return isinstance(kind.of if isinstance(kind, Several) else kind, Choice)


def _absent(field: Field) -> FieldProblem:
    if field.if_missing is not None:
        return field.if_missing.at(field.name)
    return _missing(field.name, f"请填写{field.zh}。", f"Fill in: {field.en}.")


def _missing(name: str, zh: str, en: str) -> FieldProblem:
    return FieldProblem(field=name, code="missing", zh=zh, en=en)
