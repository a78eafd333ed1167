"""Draws codes that a person copies by hand: one-time passwords and recovery codes."""

import secrets

from shared.identifiers.numbers import LEGIBLE_ALPHABET

# 54 bits of the legible alphabet.
CHARACTERS = 12
_GROUP = 4


def draw_code() -> str:
    """Draws a code, grouped for reading aloud, such as `K7MA-93XD-QRTW`."""
    drawn = "".join(secrets.choice(LEGIBLE_ALPHABET) for _ in range(CHARACTERS))
    return "-".join(drawn[at : at + _GROUP] for at in range(0, CHARACTERS, _GROUP))
