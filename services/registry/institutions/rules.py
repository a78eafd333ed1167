"""What is particular to institutions: who is let in."""

from collections.abc import Mapping
from typing import Any

from services.registry.institutions.problems import MilitaryNotYet


def check_military(given: Mapping[str, Any], *, allowed: bool) -> None:
    """Military institutions are admitted as the nation's policy has it (AUT-4)."""
    MilitaryNotYet.unless(allowed or not given.get("military"))
