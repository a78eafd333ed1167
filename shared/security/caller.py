"""Who is calling: the claims of the short-lived token that the gateway signs and every service verifies."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.identifiers.regions import covers, span_of


class Role(StrEnum):
    """The kind of an account, which it keeps for life; what it may maintain is decided by authorisations."""

    MAINTAINER = "maintainer"
    REVIEWER = "reviewer"
    AGENCY = "agency"
    GATEWAY = "gateway"


class Caller(BaseModel):
    """An account that calls; unit accounts (reviewer, agency) bear their unit and its region."""

    model_config = ConfigDict(frozen=True)

    account_id: UUID
    name: str
    role: Role
    region: str
    unit_id: UUID | None = None
    # Whether the nation's unit has approved the account (ACC-2); units' accounts need no approval.
    reviewed: bool = True

    @property
    def span(self) -> tuple[str, str]:
        """The regions that a unit's account sees, as the lowest and highest code (REV-4)."""
        return span_of(self.region)

    def oversees(self, region: str) -> bool:
        """Whether a region lies within the unit's."""
        return self.role in (Role.REVIEWER, Role.AGENCY) and covers(self.region, region)


def claims_of(caller: Caller) -> dict[str, Any]:
    """The caller as claims of a token."""
    return caller.model_dump(mode="json", exclude={"account_id"}) | {"sub": str(caller.account_id)}


def caller_of(claims: dict[str, Any]) -> Caller:
    """The caller that a token's claims name."""
    return Caller.model_validate(claims | {"account_id": claims["sub"]})
