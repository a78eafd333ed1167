"""What the HTTP interface takes and shows of staff beyond what it does of every record."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, Field

from services.registry.filings import FilingState
from services.registry.records.rules import CodeState, Life
from services.registry.records.views import NewRecord
from shared.identifiers.regions import Level
from shared.web.pages import PageQuery


class NewStaff(NewRecord):
    """A person who practises at a provider."""

    provider_id: UUID


class StaffFilter(PageQuery):
    """The filter of a list of staff: at one provider, in one state, with part of a name or a number.

    A whole ID number finds the person whom it names.
    """

    provider_id: UUID | None = None
    state: FilingState | None = None
    query: Annotated[str, Field(max_length=200)] = ""


class StaffView(BaseModel):
    """A person at a provider, as lists show them; the ID number is masked."""

    record_id: UUID
    provider_id: UUID
    provider_name: str
    practitioner_id: UUID
    name: str
    numbers: dict[str, str | None]
    region: str
    life: Life
    state: FilingState
    level: Level | None
    unit_name: str | None
    since: datetime | None
    code: str | None
    code_state: CodeState


class PracticeView(BaseModel):
    """One practice of a person: a provider, and the state that the provider gives them (STA-2, STA-3)."""

    record_id: UUID
    kind: str
    practitioner_id: UUID
    provider_id: UUID
    provider_name: str
    region: str
    life: Life
    state: FilingState
    staff_state: str | None = Field(description="A code of `staff_state`, as approved or drafted.")
    code: str | None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """From a row of a person's practices."""
        return cls(**{name: row[name] for name in cls.model_fields})


class PersonView(BaseModel):
    """A person with all their practices, as physician, nurse or pharmacist."""

    practitioner_id: UUID
    name: str
    practices: list[PracticeView]
