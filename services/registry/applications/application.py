"""A kind of application: a kind of record that belongs to a provider and ends in a change of it."""

from collections.abc import Callable
from dataclasses import dataclass

from services.registry.applications.rules import Applicant
from services.registry.records.rules import Values
from services.registry.records.subject import Subject


@dataclass(frozen=True, slots=True)
class Application:
    """A kind of application.

    `subject` is its own form with its rules, `provider` the kind of provider that it changes. `begin` gives the
    values that a new application of a provider begins with; it refuses a provider that has nothing to apply for.
    """

    subject: Subject
    provider: Subject
    begin: Callable[[Applicant], Values]
