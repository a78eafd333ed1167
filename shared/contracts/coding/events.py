"""What the coding service tells: which code a subject bears."""

from enum import StrEnum
from typing import ClassVar

from pydantic import AwareDatetime

from shared.contracts.event import Event


class CodeKind(StrEnum):
    """The kinds of what bears a code that this version knows; in events a kind is an open string."""

    INSTITUTION = "institution"


class CodeAssigned(Event):
    """A subject bears this code, for ever (COD-1, COD-4); subject: the institution."""

    type: ClassVar[str] = "coding.code.assigned.v1"
    public: ClassVar[bool] = True

    kind: str
    code: str
    name: str
    assigned_at: AwareDatetime


class CodeAwaitingAgreement(Event):
    """A subject is approved and gets its code as soon as an agreement is confirmed (COD-2, policy B)."""

    type: ClassVar[str] = "coding.code.awaited.v1"
    public: ClassVar[bool] = True

    kind: str
    name: str
