"""Whom a paper is about: its name has the ID number or the certificate number of one person (IMP-7)."""

import re
from pathlib import PurePosixPath

from shared.identifiers.characters import level_text
from shared.identifiers.citizen_id import parse_id_number
from shared.identifiers.invalid import InvalidValue
from shared.identifiers.numbers import level_number

_NUMBER = re.compile(r"[0-9A-Z]{5,40}")


def numbers_in(name: str) -> tuple[str, ...]:
    """The numbers in the name of a file, folders and ending left out; an ID number of 15 digits as that of 18."""
    stem = PurePosixPath(level_text(name).replace("\\", "/")).stem
    found = _NUMBER.findall(level_number(stem))
    return tuple(dict.fromkeys(number for one in found for number in (one, _renewed(one))))


def _renewed(number: str) -> str:
    try:
        return parse_id_number(number)
    except InvalidValue:
        return number
