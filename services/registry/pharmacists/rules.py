"""Until when a 从业药师 counts as a licensed pharmacist (PHA-4)."""

from datetime import date

from services.registry.pharmacists.form import ENDS_ON, TRANSITIONAL
from services.registry.records.rules import Copy, Record
from services.registry.staff.problems import TransitionEnded


def check_transition(record: Record, submitted: Copy, today: date) -> None:
    """After the transition a record is submitted with a real licence."""
    transitional = submitted.values.get("certificate_type") == TRANSITIONAL
    TransitionEnded.unless(
        not transitional or today <= date.fromisoformat(ENDS_ON), name=record.name, ends_on=ENDS_ON
    )
