"""Compares, masks and exports the values of a form."""

from dataclasses import dataclass
from typing import Any

from pydantic import JsonValue

from shared.forms.conditions import Values
from shared.forms.form import Form
from shared.identifiers.numbers import masked


@dataclass(frozen=True, slots=True)
class Difference:
    """A field whose value differs between two versions; None is an empty field."""

    field: str
    before: JsonValue
    after: JsonValue


def differences(form: Form, before: Values, after: Values) -> list[Difference]:
    """Lists the fields that differ, in the order of the form (REV-10)."""
    return [
        Difference(one.name, before.get(one.name), after.get(one.name))
        for one in form.fields
        if before.get(one.name) != after.get(one.name)
    ]


def without_private(form: Form, values: Values) -> dict[str, Any]:
    """Masks every private value, as events carry them."""
    return {name: masked(str(value)) if name in form.private else value for name, value in values.items()}


def exported(form: Form, values: Values) -> dict[str, Any]:
    """Maps the values to the column names of the national tables."""
    return {one.exchange: values[one.name] for one in form.fields if values.get(one.name) is not None}
