"""The events of the coding service: which code a subject holds."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts.event import Event


class CodeKind(StrEnum):
    """The kinds of code holders that this version knows; in events a kind is an open string."""

    INSTITUTION = "institution"
    PHARMACY = "pharmacy"


class CodeAssigned(Event):
    """A subject holds this code permanently (COD-1, COD-4)."""

    type: ClassVar[str] = "coding.code.assigned.v1"
    public: ClassVar[bool] = True

    kind: str
    code: str
    name: str
    assigned_at: AwareDatetime


class CodeRetired(Event):
    """The holder of this code was archived: the code is retired, and nobody ever gets it again (COD-4)."""

    type: ClassVar[str] = "coding.code.retired.v1"
    public: ClassVar[bool] = True

    kind: str
    code: str
    name: str
    retired_at: AwareDatetime


class CodeAwaitingAgreement(Event):
    """A subject is approved and gets its code as soon as an agreement is confirmed (COD-2, policy B)."""

    type: ClassVar[str] = "coding.code.awaited.v1"
    public: ClassVar[bool] = True

    kind: str
    name: str


class CodeRefused(Event):
    """A subject is approved and gets no code, for the reason given.

    `identity-of-another`: name, credit code and licence number are, or were once, those of another subject that
    holds a code; a code never changes hands, and nobody gets a second one (COD-1).
    """

    type: ClassVar[str] = "coding.code.refused.v1"
    public: ClassVar[bool] = True

    kind: str
    name: str
    reason: str
    owner_id: UUID | None = Field(None, description="The subject to which the identity belongs.")
    owner_name: str | None = Field(None, description="What that subject is called now.")
    owner_code: str | None = None
