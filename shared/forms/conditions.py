"""Conditions under which a field applies or is required: data, so that clients evaluate the same condition."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

Values = Mapping[str, Any]


class Condition(Protocol):
    """A condition on the values of a form."""

    def holds(self, values: Values, /) -> bool:
        """Whether the values meet the condition."""

    def describe(self) -> dict[str, Any]:
        """Describes the condition to clients."""


@dataclass(frozen=True, slots=True)
class Constant:
    """A condition that does not depend on the values."""

    value: bool

    def holds(self, _: Values, /) -> bool:
        """Returns the constant."""
        return self.value

    def describe(self) -> dict[str, Any]:
        """Returns `{"always": true}` or `{"always": false}`."""
        return {"always": self.value}


@dataclass(frozen=True, slots=True, init=False)
class When:
    """A field has one of these values; without values, the field is a flag that is set."""

    field: str
    values: tuple[Any, ...]

    def __init__(self, field: str, *values: Any) -> None:
        object.__setattr__(self, "field", field)
        object.__setattr__(self, "values", values or (True,))

    def holds(self, values: Values, /) -> bool:
        """Whether the field has one of the values."""
        return values.get(self.field) in self.values

    def describe(self) -> dict[str, Any]:
        """Returns `{"field": …, "in": […]}`."""
        return {"field": self.field, "in": list(self.values)}


@dataclass(frozen=True, slots=True, init=False)
class Unless(When):
    """A field has none of these values."""

    def holds(self, values: Values, /) -> bool:
        """Whether the field has another value, or none at all."""
        return not When.holds(self, values)

    def describe(self) -> dict[str, Any]:
        """Returns `{"field": …, "not_in": […]}`."""
        return {"field": self.field, "not_in": list(self.values)}


ALWAYS, NEVER = Constant(value=True), Constant(value=False)
