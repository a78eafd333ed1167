"""What is particular to institutions: who is let in, and which numbers a code fixes."""

from collections.abc import Mapping
from typing import Any

from services.registry.institutions.problems import MilitaryNotYet, NumberChangeNeeded
from services.registry.records.rules import Copy, Record, Values
from shared.contracts.registry.events import ProviderApproved
from shared.identifiers.numbers import level_number

NUMBERS = ("uscc", "licence_number")


def check_numbers(record: Record, before: Values, after: Values) -> None:
    """Once a code is assigned, only a number change alters the two numbers (INS-4)."""
    NumberChangeNeeded.unless(record.code is None or _numbers_of(before) == _numbers_of(after))


def check_military(given: Mapping[str, Any], *, allowed: bool) -> None:
    """Military institutions are admitted as the nation's policy has it (AUT-4)."""
    MilitaryNotYet.unless(allowed or not given.get("military"))


def approval_of(record: Record, submitted: Copy, approved_at: Any) -> ProviderApproved:
    """The public event about an approved institution: nothing personal."""
    values = submitted.values
    return ProviderApproved(
        subject_id=record.record_id,
        subject_version=record.event_version,
        region=values["pooling_region"],
        kind="institution",
        name=values["name"],
        legal_name=values["legal_name"],
        uscc=values.get("uscc"),
        licence_number=values.get("licence_number"),
        provider_type=values["institution_type"],
        approved_at=approved_at,
    )


def _numbers_of(values: Values) -> list[str]:
    return [level_number(values.get(name) or "") for name in NUMBERS]
