"""The events of the agreements service: the life cycle of an agreement between a provider and an agency."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts.event import Event


class AgreementEvent(Event):
    """The fields that every event of an agreement has; `subject_id` is the agreement, `region` the provider's."""

    public: ClassVar[bool] = True

    provider_id: UUID
    provider_kind: str
    provider_name: str
    agency_id: UUID
    agency_name: str
    agreement_type: str
    begins_on: date
    ends_on: date
    happened_at: AwareDatetime
    document_id: UUID | None = Field(
        default=None, description="The agreement's PDF, which the agency's unit may read from now on."
    )


class AgreementSubmitted(AgreementEvent):
    """A maintainer added or changed an agreement; it waits for the agency's confirmation (AGR-1, AGR-3)."""

    type: ClassVar[str] = "agreements.agreement.submitted.v1"


class AgreementConfirmed(AgreementEvent):
    """The agency confirmed the agreement, corrected it or entered it itself (AGR-2, AGR-4)."""

    type: ClassVar[str] = "agreements.agreement.confirmed.v1"


class AgreementDeleted(AgreementEvent):
    """The provider deleted its agreement (AGR-3)."""

    type: ClassVar[str] = "agreements.agreement.deleted.v1"


class AgreementEnded(AgreementEvent):
    """The agreement ended, since its provider was archived (INS-5)."""

    type: ClassVar[str] = "agreements.agreement.ended.v1"


class AgreementEntered(AgreementEvent):
    """A scheduled run copied this version of the agreement into the official library (AGR-7)."""

    type: ClassVar[str] = "agreements.agreement.entered.v1"

    entry: int
