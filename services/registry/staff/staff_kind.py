"""A kind of staff: its records, and the kind of provider that they belong to."""

from dataclasses import dataclass

from services.registry.records.subject import Subject


@dataclass(frozen=True, slots=True)
class StaffKind:
    """A kind of staff: its records, and the providers that they belong to."""

    subject: Subject
    provider: Subject
