"""By what a provider is told from every other: full name, credit code, licence number (AUT-2, COD-1)."""

from shared.identifiers.names import compared
from shared.identifiers.numbers import level_number

_SEPARATOR = "\x1f"


def provider_identity(name: str, uscc: str | None, licence_number: str | None) -> str:
    """The three as they are compared, in one text: equal for what a reader takes for the same provider."""
    return _SEPARATOR.join((compared(name), level_number(uscc or ""), level_number(licence_number or "")))
