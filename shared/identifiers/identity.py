"""The identity of a provider: the normalised name and numbers that distinguish it (AUT-2, COD-1)."""

from shared.identifiers.names import compared
from shared.identifiers.numbers import level_number

_SEPARATOR = "\x1f"


def identity_of(name: str, *numbers: str | None) -> str:
    """Joins normalised name and numbers into one text; look-alike inputs give equal results."""
    return _SEPARATOR.join((compared(name), *(level_number(number or "") for number in numbers)))


def provider_identity(name: str, uscc: str | None, licence_number: str | None) -> str:
    """Returns the identity of an institution or a pharmacy."""
    return identity_of(name, uscc, licence_number)
