"""What distinguishes a provider, which numbers its code fixes, and what others learn of its approval."""

from datetime import datetime

from services.registry.providers.problems import NumberChangeNeeded
from services.registry.records.rules import Copy, Record, Values
from shared.contracts.registry.events import ProviderApproved
from shared.identifiers.numbers import level_number
from shared.identifiers.uscc import IRREGULAR_USCC_ATTACHMENT

NUMBERS = ("uscc", "licence_number")
CORRECTED_BY_ADDER = frozenset(
    ("name", *NUMBERS, "pooling_region", "uscc_absent", "uscc_irregular", "explanation", IRREGULAR_USCC_ATTACHMENT)
)
"""What whoever added a provider corrects until somebody maintains it: what letters print, and its region."""


def check_numbers(record: Record, before: Values, after: Values) -> None:
    """Once a code is assigned, only a number change alters the two numbers (INS-4)."""
    NumberChangeNeeded.unless(record.code is None or numbers_of(before) == numbers_of(after), name=record.name)


def approval_of(
    kind: str, record: Record, submitted: Copy, now: datetime, *, legal_name: str, provider_type: str
) -> ProviderApproved:
    """The public event about an approved provider: nothing personal.

    `legal_name` and `provider_type` are the form's fields for the name of the legal entity and the classification.
    """
    values = submitted.values
    return ProviderApproved(
        subject_id=record.record_id,
        subject_version=record.event_version,
        region=values["pooling_region"],
        kind=kind,
        name=values["name"],
        legal_name=values[legal_name],
        uscc=values.get("uscc"),
        licence_number=values.get("licence_number"),
        provider_type=values[provider_type],
        approved_at=record.in_force.at if record.in_force else now,
    )


def numbers_of(values: Values) -> list[str]:
    """The two numbers as they are compared; empty for one that is missing."""
    return [level_number(values.get(name) or "") for name in NUMBERS]
