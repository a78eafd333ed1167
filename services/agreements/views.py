"""What the HTTP interface of agreements takes and answers."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from services.agreements.form import FORM, has_expired
from services.agreements.rules import Action, Agreement, Party, State, actions
from shared.forms.description import given_schema, values_schema
from shared.identifiers.regions import Level
from shared.web.pages import PageQuery

SearchText = Annotated[str, Field(max_length=100)]
RegionCode = Annotated[str, Field(pattern=r"^[0-9]{6}$")]
GivenValues = Annotated[dict[str, JsonValue], given_schema(FORM)]
ReceiptText = Annotated[str, Field(max_length=4000)]


class PartyQuery(PageQuery):
    """Agencies within a region whose name contains this."""

    region: RegionCode | None = None
    name: SearchText = ""


class ProviderQuery(PageQuery):
    """Institutions whose name contains this."""

    name: SearchText = ""


class AgreementQuery(PageQuery):
    """Agreements in a state (deleted ones only where asked for), of one provider."""

    state: State | None = None
    provider_id: UUID | None = None


class VersionSeen(BaseModel):
    """The version that the caller has before them."""

    model_config = ConfigDict(extra="forbid")

    version: int


class NewAgreement(BaseModel):
    """An agreement as it is added: the values of its form, and the receipt of its PDF."""

    model_config = ConfigDict(extra="forbid")

    values: GivenValues
    provider_id: UUID
    agency_id: UUID
    attachment: ReceiptText


class ChangedAgreement(BaseModel):
    """An agreement as it is changed: all values of its form; without an attachment it keeps the one it has."""

    model_config = ConfigDict(extra="forbid")

    values: GivenValues
    version: int
    attachment: ReceiptText | None = None


class AgencyView(BaseModel):
    """An insurance unit that signs agreements."""

    unit_id: UUID
    name: str
    region: str
    level: Level


class ProviderView(BaseModel):
    """A provider that an agreement can be made with; the code may be waiting for an agreement."""

    provider_id: UUID
    kind: str
    name: str
    region: str
    code: str | None


class AttachmentView(BaseModel):
    """The agreement's PDF."""

    document_id: UUID
    name: str
    pages: int


class AgreementView(BaseModel):
    """An agreement; `entered_…` and `entry` are the version that the official library has."""

    agreement_id: UUID
    version: int
    values: Annotated[dict[str, JsonValue], values_schema(FORM)]
    state: State
    expired: bool
    provider_id: UUID
    provider_kind: str
    provider_name: str
    provider_code: str | None
    region: str
    agency_id: UUID
    agency_name: str
    attachment: AttachmentView
    added_by: Literal[Party.PROVIDER, Party.AGENCY]
    added_at: datetime
    changed_at: datetime
    entered_version: int | None
    entered_at: datetime | None
    entry: int | None
    actions: list[Action]


class RunView(BaseModel):
    """A run of the entry into the official library; without an end while it is going on."""

    run_id: UUID
    started_at: datetime
    finished_at: datetime | None
    entered: int


def view_of(agreement: Agreement, party: Party, now: datetime) -> AgreementView:
    """The agreement as one of its parties reads it now."""
    attachment = agreement.attachment
    return AgreementView(
        agreement_id=agreement.agreement_id,
        version=agreement.version,
        values=agreement.terms,
        state=agreement.state,
        expired=has_expired(agreement.terms, now),
        provider_id=agreement.provider.provider_id,
        provider_kind=str(agreement.provider.kind),
        provider_name=str(agreement.provider.name),
        provider_code=agreement.provider.code,
        region=str(agreement.provider.region),
        agency_id=agreement.agency.unit_id,
        agency_name=agreement.agency.name,
        attachment=AttachmentView(
            document_id=attachment.document_id, name=attachment.name, pages=attachment.pages
        ),
        added_by=Party.AGENCY if agreement.by_agency else Party.PROVIDER,
        added_at=agreement.added_at,
        changed_at=agreement.changed_at,
        entered_version=agreement.entered_version or None,
        entered_at=agreement.entered_at,
        entry=agreement.entry,
        actions=actions(agreement, party),
    )
