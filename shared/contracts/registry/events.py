"""What the registry tells: units, accounts, authorisations and institutions."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, JsonValue

from shared.contracts.event import Event
from shared.identifiers.regions import Level


class SubjectKind(StrEnum):
    """What is reviewed."""

    ACCOUNT = "account"
    AUTHORISATION = "authorisation"
    INSTITUTION = "institution"


class Scope(StrEnum):
    """The parts of the system that an authorisation opens (ACC-3)."""

    INSTITUTION = "institution"
    PHYSICIAN = "physician"
    NURSE = "nurse"
    PHARMACY = "pharmacy"
    PHARMACIST = "pharmacist"


class Attachment(BaseModel):
    """A file that belongs to a field of what was filed."""

    model_config = ConfigDict(frozen=True)

    field: str
    document_id: UUID
    name: str
    pages: int


class FiledField(BaseModel):
    """One field of what was filed, as a reviewer reads it: the labels and the value in words."""

    model_config = ConfigDict(frozen=True)

    field: str
    label_zh: str
    label_en: str
    value: JsonValue
    shown: str


class UnitRegistered(Event):
    """An insurance unit of a region was registered; reviews of its region now stop at it (REV-2)."""

    type: ClassVar[str] = "registry.unit.registered.v1"
    public: ClassVar[bool] = True

    name: str
    level: Level


class SubmissionFiled(Event):
    """Something was filed for review: an account, an authorisation or an institution's record.

    `submission` counts the filings of this subject. Region decides the route: `nation_only` goes straight
    to the nation (REV-1).
    """

    type: ClassVar[str] = "registry.submission.filed.v1"

    kind: SubjectKind
    submission: int
    title: str
    nation_only: bool
    filed_by: UUID
    filed_by_name: str
    filed_at: AwareDatetime
    fields: tuple[FiledField, ...]
    attachments: tuple[Attachment, ...]


class AuthorisedInstitution(BaseModel):
    """One institution in a letter."""

    model_config = ConfigDict(frozen=True)

    institution_id: UUID
    name: str
    uscc: str | None
    licence_number: str | None


class AuthorisationPrepared(Event):
    """An authorisation was drawn up or changed: its letter can be made; an older version's letter is void."""

    type: ClassVar[str] = "registry.authorisation.prepared.v1"

    letter_number: str
    letter_version: int
    account_id: UUID
    person_name: str
    person_id_masked: str
    username: str
    role: str
    scopes: tuple[Scope, ...]
    institutions: tuple[AuthorisedInstitution, ...]
    prepared_at: AwareDatetime


class MaintainerAuthorised(Event):
    """An account may maintain an institution from now on, in these scopes (AUT-8); subject: the institution."""

    type: ClassVar[str] = "registry.maintainer.authorised.v1"

    account_id: UUID
    scopes: tuple[Scope, ...]
    institution_name: str


class InstitutionApproved(Event):
    """The nation approved a version of an institution's record: it is in force (INS-8)."""

    type: ClassVar[str] = "registry.institution.approved.v1"
    public: ClassVar[bool] = True

    name: str
    legal_name: str
    uscc: str | None
    licence_number: str | None
    institution_type: str
    approved_at: AwareDatetime
