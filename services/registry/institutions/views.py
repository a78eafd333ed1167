"""What the HTTP interface takes and shows of institutions."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from services.registry.filings import FilingState
from services.registry.institutions.filling import missing, warnings
from services.registry.institutions.rules import CodeState, Institution
from shared.contracts.registry.events import Scope
from shared.identifiers.regions import Level
from shared.problems import FieldProblem, FieldsRefused
from shared.web.pages import PageQuery

ReceiptText = Annotated[str, Field(max_length=4000)]


class SearchQuery(PageQuery):
    """Part of a name, a credit code or a licence number; several words must all be found."""

    query: Annotated[str, Field(max_length=200)]


class NewInstitution(BaseModel):
    """An institution that the search did not find."""

    model_config = ConfigDict(extra="forbid")

    name: str
    uscc: str | None = None
    uscc_absent: bool = False
    explanation: ReceiptText | None = None
    licence_number: str | None = None
    military: bool = False
    region: str

    @property
    def details(self) -> dict[str, JsonValue]:
        """The fields of the form that it begins with."""
        return {
            "name": self.name,
            "uscc": self.uscc,
            "uscc_absent": self.uscc_absent,
            "licence_number": self.licence_number,
            "military": self.military,
            "pooling_region": self.region,
        }

    def told_of(self, refused: FieldsRefused) -> FieldsRefused:
        """What was refused, by the names of this body."""
        named = (
            one.model_copy(update={"field": "region"}) if one.field == "pooling_region" else one
            for one in refused.fields
        )
        return FieldsRefused(fields=tuple(named))


class InstitutionChange(BaseModel):
    """What changes: null empties a field or takes an attachment away, what is not named stays as it is."""

    model_config = ConfigDict(extra="forbid")

    version: int
    details: dict[str, JsonValue] = {}
    attachments: dict[str, ReceiptText | None] = {}


class VersionSeen(BaseModel):
    """The version that the caller saw."""

    model_config = ConfigDict(extra="forbid")

    version: int


class AttachmentView(BaseModel):
    """An attached file."""

    document_id: UUID
    name: str
    pages: int


class UnderReview(BaseModel):
    """Where a filing is and since when; no unit yet in the moment after it was filed (REV-7)."""

    level: Level | None
    unit_name: str | None
    since: datetime | None


class ApprovedView(BaseModel):
    """The version in force."""

    submission: int
    approved_at: datetime | None
    details: dict[str, Any]
    attachments: dict[str, AttachmentView]


class FoundView(BaseModel):
    """An institution as a search shows it: `exists` tells whether somebody maintains it."""

    institution_id: UUID
    name: str
    uscc: str | None
    licence_number: str | None
    region: str
    exists: str
    mine: bool

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """From a row of the search."""
        fields = {key: value for key, value in row.items() if key != "maintained"}
        return cls(**fields, exists="maintained" if row["maintained"] else "free")


class MineView(BaseModel):
    """An institution in the list of who works on it."""

    institution_id: UUID
    name: str
    uscc: str | None
    licence_number: str | None
    region: str
    state: FilingState
    level: Level | None
    unit_name: str | None
    since: datetime | None
    code: str | None
    code_state: CodeState
    scopes: list[Scope]


class InstitutionView(BaseModel):
    """The whole record: the working copy, what it still lacks, where it is, and the version in force."""

    institution_id: UUID
    version: int
    state: FilingState
    submission: int
    locked: bool
    under_review: UnderReview | None
    since: datetime | None
    name: str
    uscc: str | None
    licence_number: str | None
    region: str
    details: dict[str, Any]
    attachments: dict[str, AttachmentView]
    missing: list[FieldProblem]
    warnings: list[FieldProblem]
    code: str | None
    code_state: CodeState
    approved: ApprovedView | None

    @classmethod
    def of(cls, one: Institution) -> Self:
        """From the record."""
        filing = one.filing
        return cls(
            institution_id=one.institution_id,
            version=one.version,
            state=filing.state,
            submission=filing.submission,
            locked=filing.locked,
            under_review=UnderReview(level=filing.level, unit_name=filing.unit_name, since=filing.since)
            if filing.locked
            else None,
            since=filing.since,
            name=one.name,
            uscc=one.details.get("uscc"),
            licence_number=one.details.get("licence_number"),
            region=one.region,
            details=one.details,
            attachments=one.attachments,
            missing=missing(one.details, one.attachments),
            warnings=warnings(one.details),
            code=one.code,
            code_state=one.code_state,
            approved=ApprovedView(**one.approved, approved_at=one.approved_at) if one.approved else None,
        )
