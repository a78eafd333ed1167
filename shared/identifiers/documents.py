"""Numbers on certificates: credit codes (USCC), citizen IDs, licence numbers."""

import unicodedata
from datetime import date

from stdnum.cn import uscc
from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_11_2

_CITIZEN_ID_LENGTH = 18
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ORGANISATION_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SPACING = dict.fromkeys(map(ord, " \t-–—　"))
_LOOKALIKES = str.maketrans("OIZS", "0125")


def levelled(number: str) -> str:
    """A certificate's number as it is compared: half-width, upper case, without spaces and dashes."""
    return unicodedata.normalize("NFKC", number).upper().translate(_SPACING)


def likely_uscc(text: str) -> str:
    """The credit code somebody most likely meant: its alphabet has no I, O, S, V or Z, so O is 0 and I is 1."""
    return levelled(text).translate(_LOOKALIKES)


def organisation_check(stem: str) -> str:
    """The check character of an organisation code, from its first eight characters (GB 11714-1997)."""
    total = sum(
        weight * _ORGANISATION_ALPHABET.index(character)
        for weight, character in zip(_ORGANISATION_WEIGHTS, stem, strict=True)
    )
    return "0123456789X0"[11 - total % 11]


def is_uscc(text: str) -> bool:
    """Whether it is a valid unified social credit code (GB 32100-2015: alphabet and both check digits)."""
    try:
        sound = uscc.validate(text) == text
    except ValidationError:
        return False
    return sound and organisation_check(text[8:16]) == text[16]


def is_citizen_id(text: str) -> bool:
    """Whether it is a valid 18-digit citizen ID (GB 11643-1999: a date that exists, mod 11-2 check).

    The division is not tested: IDs keep divisions that were retired long ago.
    """
    if len(text) != _CITIZEN_ID_LENGTH or not text[:17].isdecimal() or not text.isascii():
        return False
    try:
        date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    return bool(mod_11_2.is_valid(text))


def masked(number: str) -> str:
    """A personal number as answers and logs show it: the first three and the last two characters."""
    return number[:3] + "*" * max(len(number) - 5, 0) + number[-2:] if len(number) > 5 else "*" * len(number)  # noqa: PLR2004
