"""The events of the registry: units, accounts, authorisations and institutions."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue

from shared.contracts.event import Event
from shared.identifiers.regions import Level


class SubjectKind(StrEnum):
    """The kinds of reviewed subjects that this version knows; in events a kind is an open string."""

    ACCOUNT = "account"
    AUTHORISATION = "authorisation"
    INSTITUTION = "institution"
    PHARMACY = "pharmacy"
    PHYSICIAN = "physician"
    NURSE = "nurse"
    PHARMACIST = "pharmacist"
    ZONE = "zone"


class Scope(StrEnum):
    """The parts of the system that an authorisation opens (ACC-3), as this version knows them; open in events."""

    INSTITUTION = "institution"
    PHYSICIAN = "physician"
    NURSE = "nurse"
    PHARMACY = "pharmacy"
    PHARMACIST = "pharmacist"


class Attachment(BaseModel):
    """A file that belongs to a field of the submitted record."""

    model_config = ConfigDict(frozen=True)

    field: str
    document_id: UUID
    name: str
    pages: int


class UnitRegistered(Event):
    """An insurance unit of a region was registered; reviews of its region now stop at it (REV-2)."""

    type: ClassVar[str] = "registry.unit.registered.v1"
    public: ClassVar[bool] = True

    name: str
    level: Level


class AccountAccessChanged(Event):
    """What an account may do has changed: it was approved, got another password, or was closed (ACC-2, ACC-5).

    Sessions that were opened in an older epoch are over.
    """

    type: ClassVar[str] = "registry.account.access-changed.v1"

    epoch: int
    closed: bool
    reviewed: bool


class LocalDemand(BaseModel):
    """An attachment that a unit of the region demands beyond the form, under `field`; its words are the unit's."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    demand_id: UUID
    field: str
    title: str
    explanation: str
    unit_name: str


class SubmissionFiled(Event):
    """A record, an account or an authorisation was submitted for review.

    `submission` counts the submissions of this subject. `values` are those of the form `kind` in its
    `form_edition`; labels and the names of codes are in the form's description. Personal numbers are masked.
    `parent` is the record that this one depends on, `demands` the local demands that it meets (REV-9).
    `nation_only` sends it straight to the nation's unit; otherwise the region decides the route (REV-1).
    """

    type: ClassVar[str] = "registry.submission.filed.v1"

    kind: str
    form_edition: str
    submission: int
    title: str
    nation_only: bool
    filed_by: UUID
    filed_by_name: str
    filed_at: AwareDatetime
    parent: UUID | None = None
    values: dict[str, JsonValue]
    attachments: tuple[Attachment, ...]
    demands: tuple[LocalDemand, ...] = ()


class AttachmentsChanged(Event):
    """The working copy of a record has other attachments; `document_ids` is the full state.

    What no record refers to for long is removed by the documents service.
    """

    type: ClassVar[str] = "registry.attachments.changed.v1"

    kind: str
    document_ids: tuple[UUID, ...]


class DiseaseRecorded(Event):
    """A city or county has recorded a disease in one of its lists, with the policy document (CAT-1)."""

    type: ClassVar[str] = "registry.disease.recorded.v1"

    list_name: str
    name: str
    unit_id: UUID
    policy: Attachment
    recorded_at: AwareDatetime


class SubmissionWithdrawn(Event):
    """The maintainer took a submission back before any unit had decided on it (INS-7)."""

    type: ClassVar[str] = "registry.submission.withdrawn.v1"

    kind: str
    submission: int
    withdrawn_by: UUID
    withdrawn_at: AwareDatetime


class RecordClosed(Event):
    """A record was closed for ever: deleted by its maintainer before it was approved, or archived (INS-5).

    What belongs to it is closed with it. `closed_by_name` and `reason` are the unit's; a deletion has no reason.
    """

    type: ClassVar[str] = "registry.record.closed.v1"

    kind: str
    name: str
    cause: str = Field(description="`deleted` or `archived`.")
    reason: str
    closed_by: UUID
    closed_by_name: str
    closed_at: AwareDatetime


class FormerMaintainer(BaseModel):
    """Whose scopes of a provider end with a handover to a successor (ACC-10); the name is masked."""

    model_config = ConfigDict(frozen=True)

    account_id: UUID
    name_masked: str
    scopes: tuple[str, ...]


class AuthorisedProvider(BaseModel):
    """One institution or pharmacy in an authorisation letter; handed over where it has a former maintainer."""

    model_config = ConfigDict(frozen=True)

    provider_id: UUID
    kind: str
    name: str
    uscc: str | None
    licence_number: str | None
    former_maintainer: FormerMaintainer | None = None


class AuthorisedEnterprise(BaseModel):
    """The head office of a chain that is authorised for its pharmacies, and alone stamps the letter (AUT-7)."""

    model_config = ConfigDict(frozen=True)

    name: str
    uscc: str


class AuthorisationPrepared(Event):
    """An authorisation was drawn up or changed; its letter can be made and older letters are void.

    Without an `enterprise` the person is authorised by the providers.
    """

    type: ClassVar[str] = "registry.authorisation.prepared.v1"

    letter_number: str
    letter_version: int
    account_id: UUID
    person_name: str
    person_id_masked: str
    username: str
    role: str
    scopes: tuple[str, ...]
    providers: tuple[AuthorisedProvider, ...]
    enterprise: AuthorisedEnterprise | None = None
    prepared_at: AwareDatetime


class Maintainer(BaseModel):
    """An account with the parts of a provider's records that it maintains."""

    model_config = ConfigDict(frozen=True)

    account_id: UUID
    scopes: tuple[str, ...]


class MaintainersChanged(Event):
    """The maintainers of a provider changed (AUT-8); subject: the provider.

    `maintainers` is the full state: an account that is not in it no longer maintains anything of the provider.
    """

    type: ClassVar[str] = "registry.maintainers.changed.v1"

    provider_kind: str
    maintainers: tuple[Maintainer, ...]


class ProviderApproved(Event):
    """The nation's unit approved a version of a provider's record, which is now in force (INS-8).

    `kind` is `institution` or `pharmacy`, `provider_type` a code of the dictionary that the kind is classified by.
    """

    type: ClassVar[str] = "registry.provider.approved.v1"
    public: ClassVar[bool] = True

    kind: str
    name: str
    legal_name: str
    uscc: str | None
    licence_number: str | None
    provider_type: str
    approved_at: AwareDatetime


class PractitionerApproved(Event):
    """The nation's unit approved a version of a person's record at a provider (COD-5); subject: the practitioner.

    A practitioner is a person of one kind (physician, nurse, pharmacist) with one code and any number of practice
    places; `record_id` is the record at the provider, `region` the provider's.
    """

    type: ClassVar[str] = "registry.practitioner.approved.v1"
    public: ClassVar[bool] = True

    kind: str
    name: str
    record_id: UUID
    provider_id: UUID
    approved_at: AwareDatetime


class ProviderArchived(Event):
    """A superior unit archived a provider for ever: its code is retired, its agreements end (INS-5, COD-4).

    `code` is null where none was assigned, or the assignment was still on its way.
    """

    type: ClassVar[str] = "registry.provider.archived.v1"
    public: ClassVar[bool] = True

    kind: str
    name: str
    code: str | None
    archived_at: AwareDatetime
