"""What the HTTP interface takes and shows of records; the models of a kind are made from its form."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue, create_model

from services.registry.demands.rules import extended
from services.registry.filings import FilingState
from services.registry.problem_view import ProblemView
from services.registry.records.problems import CODE_REFUSALS
from services.registry.records.rules import CodeState, Life
from services.registry.records.store import Found
from services.registry.records.subject import Subject
from shared.contracts.registry.events import LocalDemand, Scope
from shared.forms.description import given_type, values_type
from shared.forms.filling import missing, warnings
from shared.identifiers.regions import Level
from shared.problems import FieldProblem
from shared.web.pages import PageQuery

ReceiptText = Annotated[str, Field(max_length=4000)]


class SearchQuery(PageQuery):
    """Part of a name or of a number; several words must all be found."""

    query: Annotated[str, Field(max_length=200)]


class NewRecord(BaseModel):
    """A record that the search did not find: the values that it begins with, and receipts by attachment."""

    model_config = ConfigDict(extra="forbid")

    values: dict[str, JsonValue]
    attachments: dict[str, ReceiptText] = {}


class RecordChange(BaseModel):
    """What changes: null empties a field or takes an attachment away, what is not named stays as it is."""

    model_config = ConfigDict(extra="forbid")

    version: int
    values: dict[str, JsonValue] = {}
    attachments: dict[str, ReceiptText | None] = {}


class VersionSeen(BaseModel):
    """The version that the caller saw."""

    model_config = ConfigDict(extra="forbid")

    version: int


class ForSubmission(BaseModel):
    """The records to submit in one action: all that are open, those of a provider, or those that are named."""

    model_config = ConfigDict(extra="forbid")

    provider_id: UUID | None = None
    record_ids: Annotated[list[UUID], Field(min_length=1, max_length=5000)] | None = None


class StartedJob(BaseModel):
    """The started job: `GET /registry-jobs/{job_id}` shows its progress and what was refused, with the reasons."""

    job_id: UUID


class AttachmentView(BaseModel):
    """An attached file."""

    document_id: UUID
    name: str
    pages: int


class UnderReview(BaseModel):
    """Where a submission is and since when; no unit yet in the moment after it was submitted (REV-7)."""

    level: Level | None
    unit_name: str | None
    since: datetime | None


class InForceView(BaseModel):
    """The version in force."""

    submission: int
    form_edition: str
    approved_at: datetime
    values: dict[str, JsonValue]
    attachments: dict[str, AttachmentView]


class FoundView(BaseModel):
    """A record as a search shows it: `exists` says whether it is archived, or somebody maintains it."""

    record_id: UUID
    name: str
    numbers: dict[str, str | None]
    region: str
    exists: str
    mine: bool

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """From a row of the search."""
        fields = {key: value for key, value in row.items() if key not in ("maintained", "archived")}
        exists = "archived" if row["archived"] else "maintained" if row["maintained"] else "free"
        return cls(**fields, exists=exists)


class MineView(BaseModel):
    """A record in the list of who works on it."""

    record_id: UUID
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
    scopes: list[Scope]


class RefusedCodeView(BaseModel):
    """A record in force that gets no code, and why."""

    record_id: UUID
    name: str
    numbers: dict[str, str | None]
    region: str
    code_refusal: ProblemView

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """From a row of the list."""
        return cls(**{**row, "code_refusal": ProblemView.of(row["code_refusal"], CODE_REFUSALS)})


class ArchiveView(BaseModel):
    """When a record was archived, why, and by which unit."""

    model_config = ConfigDict(from_attributes=True)

    at: datetime
    reason: str
    unit_name: str


class RecordView(BaseModel):
    """A record: where it is in its life, where its submission stands, the working copy and the version in force.

    `demands` are attachments that units of its region ask for beyond the form; `missing` has them too (INS-13).

    `provider_id` is the provider that it belongs to, or itself.
    `values`, `attachments` and `in_force` are null for an account whose scopes do not open the record (ACC-3).
    """

    record_id: UUID
    provider_id: UUID
    code_holder_id: UUID = Field(
        description="The subject whose code it shows: the record itself, or the practitioner (/practitioners)."
    )
    kind: str
    form_edition: str
    version: int
    life: Life
    archive: ArchiveView | None = Field(description="Where it, or the provider that it belongs to, is archived.")
    state: FilingState
    submission: int
    locked: bool
    can_withdraw: bool
    under_review: UnderReview | None
    since: datetime | None
    name: str
    numbers: dict[str, str | None]
    region: str
    code: str | None
    code_state: CodeState
    code_refusal: ProblemView | None = Field(description="Why it gets no code, where the state is `refused`.")
    values: dict[str, JsonValue] | None
    attachments: dict[str, AttachmentView] | None
    demands: list[LocalDemand]
    missing: list[FieldProblem]
    warnings: list[FieldProblem]
    in_force: InForceView | None


@dataclass(frozen=True, slots=True)
class Models:
    """The models of a kind of record, in which OpenAPI shows every field of the form."""

    new: type[NewRecord]
    change: type[RecordChange]
    view: type[RecordView]


def models_of(subject: Subject) -> Models:
    """The models of a kind, named for it."""
    form, title = subject.form, "".join(part.capitalize() for part in subject.kind.split("_"))
    values, given = values_type(form), given_type(form)
    in_force: Any = create_model(f"{title}InForce", __base__=InForceView, values=(values, ...))
    return Models(
        new=create_model(f"New{title}", __base__=NewRecord, values=(given, ...)),
        change=create_model(f"{title}Change", __base__=RecordChange, values=(given, {})),
        view=create_model(
            f"{title}View", __base__=RecordView, values=(values | None, ...), in_force=(in_force | None, ...)
        ),
    )


_OF_RECORD = ("record_id", "provider_id", "code_holder_id", "version", "life", "name", "numbers", "region")


def view_of(subject: Subject, model: type[RecordView], found: Found) -> RecordView:
    """A record as it is answered."""
    record, filing, copy = found.record, found.record.filing, found.copy
    attached = copy.attachments if copy else {}
    return model(
        **{
            name: getattr(record, name)
            for name in (
                "record_id",
                "provider_id",
                "code_holder_id",
                "version",
                "life",
                "name",
                "numbers",
                "region",
            )
        },
        kind=subject.kind,
        form_edition=subject.form.edition,
        archive=found.archive and ArchiveView.model_validate(found.archive),
        state=filing.state,
        submission=filing.submission,
        locked=filing.locked,
        can_withdraw=filing.locked and not filing.decided,
        under_review=_under_review(found),
        since=filing.since,
        code=record.code,
        code_state=record.code_state,
        code_refusal=ProblemView.of(found.code_refusal, CODE_REFUSALS) if found.code_refusal else None,
        values=copy and copy.values,
        attachments=copy and attached,
        demands=list(found.demands),
        missing=missing(extended(subject.form, found.demands), copy.values, attached) if copy else [],
        warnings=warnings(subject.form, copy.values) if copy else [],
        in_force=_in_force(found),
    )


def _under_review(found: Found) -> UnderReview | None:
    filing = found.record.filing
    if not filing.locked:
        return None
    return UnderReview(level=filing.level, unit_name=filing.unit_name, since=filing.since)


def _in_force(found: Found) -> dict[str, Any] | None:
    in_force, copy = found.record.in_force, found.in_force
    if in_force is None or copy is None:
        return None
    return {
        "submission": in_force.submission,
        "form_edition": found.in_force_edition,
        "approved_at": in_force.at,
        "values": copy.values,
        "attachments": copy.attachments,
    }
