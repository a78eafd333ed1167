"""When a field of the form is required, from the other fields (INS-1)."""

from collections.abc import Callable, Mapping
from typing import Any

Details = Mapping[str, Any]
Condition = Callable[[Details], bool]

GRADED_LEVELS = ("1", "2", "3")


def always(_: Details) -> bool:
    """Required of everyone."""
    return True


def never(_: Details) -> bool:
    """Welcome, but not required."""
    return False


def has_credit_code(details: Details) -> bool:
    """Required unless 无 was chosen (AUT-3)."""
    return not details.get("uscc_absent")


def without_credit_code(details: Details) -> bool:
    """Required where 无 was chosen (AUT-3)."""
    return bool(details.get("uscc_absent"))


def is_civil(details: Details) -> bool:
    """Required unless it is a military institution (AUT-4)."""
    return not details.get("military")


def is_graded(details: Details) -> bool:
    """Required with level 1 to 3; who is 未定级 has no grade (INS-11)."""
    return details.get("level") in GRADED_LEVELS
