"""By what a record is told from every other: its name and its numbers (AUT-2, COD-1)."""

from shared.identifiers.names import compared
from shared.identifiers.numbers import level_number

_SEPARATOR = "\x1f"


def identity_of(name: str, *numbers: str | None) -> str:
    """Name and numbers as they are compared, in one text: equal for what a reader takes for the same."""
    return _SEPARATOR.join((compared(name), *(level_number(number or "") for number in numbers)))


def provider_identity(name: str, uscc: str | None, licence_number: str | None) -> str:
    """The identity of an institution or a pharmacy."""
    return identity_of(name, uscc, licence_number)
