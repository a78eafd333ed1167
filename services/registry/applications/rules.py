"""What an application is about."""

from typing import NamedTuple

from services.registry.records.rules import Copy, Record


class Applicant(NamedTuple):
    """The provider that an application is about, locked, with its working copy and its version in force."""

    record: Record
    copy: Copy
    in_force: Copy | None
