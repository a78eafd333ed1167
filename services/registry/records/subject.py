"""A kind of record: its form, what distinguishes its records, and the rules that are its own."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from services.registry.records.rules import Copy, Record, Values
from shared.contracts.event import Event
from shared.contracts.registry.events import Scope
from shared.forms.dictionaries import Dictionaries
from shared.forms.form import Form
from shared.identifiers.identity import identity_of
from shared.postgres.transaction import Transaction

Admission = Callable[[Transaction, Mapping[str, Any]], Awaitable[None]]
ChangeRule = Callable[[Record, Values, Values], None]
SubmissionCheck = Callable[[Transaction, Record, Copy], Awaitable[None]]
Approval = Callable[[Transaction, Record, Copy], Awaitable[Event | None]]


async def admit_all(_tx: Transaction, _given: Mapping[str, Any]) -> None:
    """Nothing is kept out."""


def allow_all(_record: Record, _before: Values, _after: Values) -> None:
    """Every change is allowed."""


async def submit_all(_tx: Transaction, _record: Record, _submitted: Copy) -> None:
    """Whatever is complete can be submitted."""


async def without_event(_tx: Transaction, _record: Record, _submitted: Copy) -> Event | None:
    """Nobody else needs to know of an approval."""
    return None


@dataclass(frozen=True, slots=True)
class Subject:
    """A kind of reviewed record.

    `collection` is its place in the HTTP interface, `scope` what an account must hold to open and change its
    records. `name`, `region` and `numbers` are fields of the form: lists show them, a search looks through name
    and numbers, and by them a record is distinguished from every other. `other_names` are names beside the first,
    by which it is found and distinguished as well (INS-10). A record is not added without what `added_with` names
    and the form requires. `admit` refuses values that policy keeps out, `check_change` changes that are not
    allowed any more, `check_submission` a submission that is not right at present. Records that are not
    `distinguished` have no identity of their own. `applications` are the kinds of applications about a record:
    while one is under review, the record is closed. `on_approved` is where an application ends: it changes other
    rows, and gives the event by which others learn of it.
    """

    form: Form
    collection: str
    scope: Scope
    dictionaries: Dictionaries
    region: str
    numbers: tuple[str, ...]
    added_with: frozenset[str]
    name: str = "name"
    other_names: tuple[str, ...] = ()
    admit: Admission = admit_all
    distinguished: bool = True
    applications: tuple[str, ...] = ()
    check_change: ChangeRule = allow_all
    check_submission: SubmissionCheck = submit_all
    on_approved: Approval = without_event

    @property
    def kind(self) -> str:
        """The kind of its records, which also names their tables."""
        return self.form.kind

    def numbers_of(self, values: Mapping[str, Any]) -> dict[str, str | None]:
        """The numbers among the values."""
        return {name: values.get(name) for name in self.numbers}

    def names_of(self, values: Mapping[str, Any]) -> tuple[str, ...]:
        """The names among the values, the first of them that which lists show."""
        others = (values.get(name) for name in self.other_names)
        return (values[self.name], *(str(other) for other in others if other))

    def identities_of(self, values: Mapping[str, Any]) -> tuple[str, ...]:
        """What distinguishes the record with these values from others: each of its names with its numbers."""
        if not self.distinguished:
            return ()
        numbers = self.numbers_of(values).values()
        return tuple(dict.fromkeys(identity_of(name, *numbers) for name in self.names_of(values)))
