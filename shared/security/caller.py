"""The caller of a request: the claims of the short-lived token that the gateway signs and services verify."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.identifiers.regions import covers, span_of


class Role(StrEnum):
    """The role of an account, which never changes; authorisations decide what it may maintain.

    ENROLLING is a unit's account in a session that can only enrol the second factor (ACC-11); GATEWAY is none.
    """

    MAINTAINER = "maintainer"
    REVIEWER = "reviewer"
    AGENCY = "agency"
    ENROLLING = "enrolling"
    GATEWAY = "gateway"


UNIT_ROLES = (Role.REVIEWER, Role.AGENCY)
"""The roles of units' accounts."""


class Caller(BaseModel):
    """The account that calls; accounts of units (reviewer, agency) have a unit and its region."""

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
        """Returns the regions that a unit's account sees, as the lowest and highest code (REV-4)."""
        return span_of(self.region)

    def oversees(self, region: str) -> bool:
        """Whether a region lies within the unit's region."""
        return self.role in UNIT_ROLES and covers(self.region, region)


def claims_of(caller: Caller) -> dict[str, Any]:
    """Converts a caller to token claims."""
    return caller.model_dump(mode="json", exclude={"account_id"}) | {"sub": str(caller.account_id)}


def caller_of(claims: dict[str, Any]) -> Caller:
    """Converts token claims to a caller."""
    return Caller.model_validate(claims | {"account_id": claims["sub"]})
