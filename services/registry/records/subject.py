"""A kind of record: its form, what distinguishes its records, and the rules that are its own."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from services.registry.records.rules import Copy, Holder, Record, Values, record_exists
from shared.contracts.event import Event
from shared.contracts.registry.events import Scope
from shared.forms.dictionaries import Dictionaries
from shared.forms.form import Form
from shared.forms.versions import without_private
from shared.identifiers.identity import identity_of
from shared.postgres.transaction import Transaction
from shared.problems import RuleBroken
from shared.security.identifiers import Cipher


class Approved(NamedTuple):
    """A record whose latest submission has come into force, and what was submitted."""

    record: Record
    submitted: Copy


Admission = Callable[[Transaction, Values, Values], Awaitable[None]]
ChangeRule = Callable[[Record, Values, Values], None]
SubmissionCheck = Callable[[Transaction, Record, Copy], Awaitable[None]]
Approval = Callable[[Transaction, Sequence[Approved]], Awaitable[Sequence[Event | None]]]
Identities = Callable[["Subject", Record, Values], tuple[str, ...]]
Link = Callable[[Transaction, Cipher, Record, Values], Awaitable[Record]]


class Renaming(Protocol):
    """What follows from another name or number in a working copy; `maintained` by whoever changed it."""

    async def __call__(self, tx: Transaction, record: Record, /, *, maintained: bool) -> None: ...


Duplicate = Callable[[Record, Holder], RuleBroken]


async def admit_all(_tx: Transaction, _given: Values, _under_way: Values) -> None:
    """Nothing is kept out."""


def allow_all(_record: Record, _before: Values, _after: Values) -> None:
    """Every change is allowed."""


async def submit_all(_tx: Transaction, _record: Record, _submitted: Copy) -> None:
    """Whatever is complete can be submitted."""


async def without_events(_tx: Transaction, approved: Sequence[Approved]) -> Sequence[Event | None]:
    """Nobody else needs to know of an approval."""
    return [None] * len(approved)


async def print_nothing(_tx: Transaction, _record: Record, *, maintained: bool) -> None:
    """No letter prints name or numbers of the record."""


async def link_nothing(_tx: Transaction, _cipher: Cipher, record: Record, _values: Values) -> Record:
    """The record is about nothing but itself."""
    return record


def without_identity(_subject: "Subject", _record: Record, _values: Values) -> tuple[str, ...]:
    """Nothing distinguishes records of this kind."""
    return ()


def by_names_and_numbers(subject: "Subject", _record: Record, values: Values) -> tuple[str, ...]:
    """Each of the names with the numbers distinguishes a record."""
    numbers = [values.get(name) for name in subject.numbers]
    return tuple(dict.fromkeys(identity_of(name, *numbers) for name in subject.names_of(values)))


@dataclass(frozen=True, slots=True)
class Subject:
    """A kind of reviewed record.

    `collection` is its place in the HTTP interface, `scope` what an account must hold to open and change its
    records. `name`, `region` and `numbers` are fields of the form: lists show them, and a search looks through
    name and numbers. A kind without a `region` has that of the provider that its records belong to.
    `other_names` are names beside the first, by which a record is found as well (INS-10). `identities`
    distinguish it from every other, and `duplicate` is the refusal where another has one of them. `link` finds
    what a record is about beyond itself. A record is not added without what `added_with` names and the form
    requires. Whoever added it changes `corrected_by_adder`, until somebody maintains it; `on_renamed` follows
    another name or number. `admit` refuses values that policy keeps out, `check_change` changes that are not
    allowed any more, `check_submission` a submission that is not right at present. `applications` are the kinds
    of applications about a record: while one is under review, the record is closed. `dependents` are the
    kinds of records that belong to one of this kind and are archived with it. `on_approved` is where an
    application ends: it changes other rows, and gives the event of each record by which others learn of it.
    """

    form: Form
    collection: str
    scope: Scope
    dictionaries: Dictionaries
    region: str | None
    numbers: tuple[str, ...]
    added_with: frozenset[str]
    corrected_by_adder: frozenset[str] = frozenset()
    name: str = "name"
    other_names: tuple[str, ...] = ()
    admit: Admission = admit_all
    identities: Identities = by_names_and_numbers
    duplicate: Duplicate = record_exists
    link: Link = link_nothing
    applications: tuple[str, ...] = ()
    dependents: tuple[str, ...] = ()
    check_change: ChangeRule = allow_all
    check_submission: SubmissionCheck = submit_all
    on_renamed: Renaming = print_nothing
    on_approved: Approval = without_events

    @property
    def kind(self) -> str:
        """The kind of its records, which also names their tables."""
        return self.form.kind

    def numbers_of(self, values: Mapping[str, Any]) -> dict[str, str | None]:
        """The numbers among the values, private ones masked."""
        shown = without_private(self.form, {name: values[name] for name in self.numbers if name in values})
        return {name: shown.get(name) for name in self.numbers}

    def region_of(self, values: Mapping[str, Any], parent: str) -> str:
        """The region among the values, or that of the provider that the record belongs to."""
        return parent if self.region is None else str(values[self.region])

    def is_corrected_by(self, fields: Collection[str]) -> bool:
        """Whether these are fields that whoever added a record corrects, and nothing else."""
        return bool(fields) and self.corrected_by_adder.issuperset(fields)

    def names_of(self, values: Mapping[str, Any]) -> tuple[str, ...]:
        """The names among the values, the first of them that which lists show."""
        others = (values.get(name) for name in self.other_names)
        return (values[self.name], *(str(other) for other in others if other))

    def identities_of(self, record: Record, values: Values) -> tuple[str, ...]:
        """What distinguishes the record with these values from every other."""
        return self.identities(self, record, values)
