"""What a reviewed record is, where it is in its life, and what may be done with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from services.registry.filings import Filing, FilingState
from services.registry.records.problems import (
    NothingToSubmit,
    NothingToWithdraw,
    RecordArchived,
    RecordExistsArchived,
    RecordExistsFree,
    RecordExistsMaintained,
    RecordExistsRenamed,
    RecordLocked,
)
from shared.identifiers.names import compared
from shared.problems import ChangedMeanwhile, RuleBroken

Values = dict[str, Any]


class Life(StrEnum):
    """Where a record is in its life, whatever its latest submission does."""

    DRAFT = "draft"
    IN_FORCE = "in-force"
    ARCHIVED = "archived"


class CodeState(StrEnum):
    """Whether the record bears a code (COD-1, COD-2)."""

    NONE = "none"
    AWAITING_AGREEMENT = "awaiting-agreement"
    REFUSED = "refused"
    ASSIGNED = "assigned"


@dataclass(frozen=True, slots=True)
class InForce:
    """The submission that is in force, since when, and the region that it has."""

    submission: int
    at: datetime
    region: str


@dataclass(frozen=True, slots=True)
class Archive:
    """When a provider was archived, why, and by which unit; its records are archived with it (INS-5)."""

    at: datetime
    reason: str
    unit_name: str


@dataclass(frozen=True, slots=True)
class Copy:
    """The working copy, or what was submitted of it: values of the form, and attachments by field."""

    values: Values
    attachments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Holder:
    """The record that has an identity, what it is called now, and whether somebody maintains it."""

    record_id: UUID
    name: str
    maintained: bool
    archived: bool = False


@dataclass(frozen=True, slots=True)
class Parent:
    """The provider that a record belongs to, and its region."""

    provider_id: UUID
    region: str


@dataclass(frozen=True, slots=True)
class Record:
    """A record without its values.

    `event_version` is the version of the last event about it. `code_holder_id` is the subject whose code it shows:
    itself, or the practitioner who practises here (COD-5).
    """

    record_id: UUID
    provider_id: UUID
    code_holder_id: UUID
    added_by: UUID
    name: str
    region: str
    numbers: Mapping[str, str | None]
    version: int = 1
    event_version: int = 0
    life: Life = Life.DRAFT
    filing: Filing = field(default_factory=Filing)
    in_force: InForce | None = None
    code: str | None = None
    code_state: CodeState = CodeState.NONE

    def changed(self, name: str, region: str, numbers: Mapping[str, str | None], now: datetime) -> Self:
        """The record with another working copy; the version in force stays in force (INS-8)."""
        filing = self.filing
        if filing.state is FilingState.APPROVED:
            filing = filing.reopened(now)
        return replace(self, version=self.version + 1, name=name, region=region, numbers=numbers, filing=filing)

    def about(self, code_holder_id: UUID) -> Self:
        """The record about this practitioner, whose code it shows."""
        return replace(self, code_holder_id=code_holder_id)

    def attached(self) -> Self:
        """The record of whose other attachments an event tells."""
        return replace(self, event_version=self.event_version + 1)

    def submitted(self, now: datetime) -> Self:
        """The record submitted as it is, and locked (INS-7)."""
        NothingToSubmit.unless(self.filing.state is not FilingState.APPROVED)
        return self._next(filing=self.filing.filed(now))

    def withdrawn(self, now: datetime) -> Self:
        """The record open again, while no unit has decided on its submission."""
        NothingToWithdraw.unless(self.filing.locked and not self.filing.decided)
        return self._next(filing=self.filing.withdrawn(now))

    def with_filing(self, filing: Filing) -> Self:
        """The record after its case moved on."""
        return replace(self, version=self.version + 1, filing=filing)

    def editable_after(self, before: "Record") -> Self:
        """The record, open where an approval came although it had been withdrawn: the copy may differ from it."""
        was_withdrawn = before.filing.state is FilingState.WITHDRAWN
        if not was_withdrawn or self.filing.since is None:
            return self
        return replace(self, filing=self.filing.reopened(self.filing.since))

    def approved(self, region: str, at: datetime) -> Self:
        """The record whose latest submission has come into force (INS-8)."""
        in_force = InForce(self.filing.submission, at, region)
        return replace(self, event_version=self.event_version + 1, life=Life.IN_FORCE, in_force=in_force)

    def amended(self, numbers: Mapping[str, str | None], now: datetime) -> Self:
        """The record with other numbers in force, by an application; where its own submission stands stays."""
        if self.in_force is None:
            raise ValueError(f"{self.record_id} has no version in force")
        filing = replace(self.filing, submission=self.filing.submission + 1)
        in_force = replace(self.in_force, submission=filing.submission, at=now)
        return self._next(numbers=numbers, filing=filing, in_force=in_force)

    def archived(self, at: datetime) -> Self:
        """The record closed for ever; what was under review of it is withdrawn (INS-5)."""
        filing = self.filing.withdrawn(at) if self.filing.locked else self.filing
        return self._next(life=Life.ARCHIVED, filing=filing)

    def check_open(self) -> None:
        """Refuses work on what is archived."""
        RecordArchived.unless(self.life is not Life.ARCHIVED, name=self.name)

    def check_changeable(self, version: int) -> None:
        """Refuses work on what is archived or under review, or on a version changed meanwhile."""
        self.check_open()
        RecordLocked.unless(
            not self.filing.locked, name=self.name, unit_name=self.filing.unit_name, level=self.filing.level
        )
        ChangedMeanwhile.unless(version == self.version, current=self.version, seen=version)

    def _next(self, **changes: Any) -> Self:
        return replace(self, version=self.version + 1, event_version=self.event_version + 1, **changes)


def record_exists(record: Record, holder: Holder) -> RuleBroken:
    """Why a record is not added that has an identity of another one (AUT-2)."""
    facts: dict[str, Any] = {"name": record.name, "record_id": str(holder.record_id)}
    if compared(holder.name) != compared(record.name):
        return RecordExistsRenamed(**facts, current_name=holder.name)
    if holder.archived:
        return RecordExistsArchived(**facts)
    if holder.maintained:
        return RecordExistsMaintained(name=record.name)
    return RecordExistsFree(**facts)
