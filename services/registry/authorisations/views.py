"""What the HTTP interface takes and shows of authorisations."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.registry.authorisations.problems import DISPLAYED_PROBLEMS
from services.registry.authorisations.rules import Authorisation, AuthorisationRequest
from services.registry.filings import FilingState
from services.registry.maintainers.store import Handover
from services.registry.problem_view import ProblemView
from shared.contracts.registry.events import AuthorisedEnterprise, AuthorisedProvider, Scope
from shared.forms.filling import refuse
from shared.identifiers.invalid import parse_fields
from shared.identifiers.names import level_name
from shared.identifiers.regions import Level
from shared.identifiers.uscc import parse_uscc

State = Literal["prepared", "submitted", "returned", "approved"]
_STATES: dict[FilingState, State] = {
    FilingState.DRAFT: "prepared",
    FilingState.SUBMITTED: "submitted",
    FilingState.RETURNED: "returned",
    FilingState.APPROVED: "approved",
}


class Enterprise(BaseModel):
    """The head office of a chain, by its business licence."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=255)]
    uscc: Annotated[str, Field(max_length=100)]

    @property
    def authorised(self) -> AuthorisedEnterprise:
        """Name and credit code as they are kept; raises FieldsRefused."""
        values, problems = parse_fields(
            {
                "enterprise.name": lambda: level_name(self.name),
                "enterprise.uscc": lambda: parse_uscc(self.uscc),
            }
        )
        refuse(problems)
        return AuthorisedEnterprise(name=values["enterprise.name"], uscc=values["enterprise.uscc"])


class AuthorisationForm(BaseModel):
    """Which scopes of which providers are asked for (ACC-3, AUT-1); with an enterprise, by a chain (AUT-7)."""

    model_config = ConfigDict(extra="forbid")

    scopes: Annotated[list[Scope], Field(min_length=1, max_length=5)]
    provider_ids: Annotated[list[UUID], Field(min_length=1, max_length=200)]
    enterprise: Enterprise | None = None
    handover: bool = Field(
        False, description="Takes the place of the accounts that maintain these providers' own records (ACC-10)."
    )

    @property
    def request(self) -> AuthorisationRequest:
        """The request in the order in which it is compared."""
        enterprise = self.enterprise.authorised if self.enterprise else None
        return AuthorisationRequest.of(self.scopes, self.provider_ids, enterprise, handover=self.handover)


class AuthorisationChangeForm(AuthorisationForm):
    """What is asked for instead, of the version that the caller saw."""

    version: int


class LetterView(BaseModel):
    """The letter of the present version, once it is made."""

    document_id: UUID


class ScanView(BaseModel):
    """The stamped letter; not recognised where its number was typed in."""

    document_id: UUID
    name: str
    pages: int
    recognised: bool


class UnderReview(BaseModel):
    """Where it is and since when."""

    level: Level | None
    unit_name: str | None
    since: datetime | None


class HandoverView(BaseModel):
    """A provider that a successor takes over from this account, and since when it is under review or completed."""

    provider_id: UUID
    completed: bool
    since: datetime


class AuthorisationView(BaseModel):
    """An authorisation, and where it has no effect.

    `held_by_others` are providers whose exclusive scope another account got first; `handed_over` are those that a
    successor takes, or has taken, over. A `handover` names the former maintainer of each provider.
    """

    authorisation_id: UUID
    version: int
    letter_number: str
    letter_version: int
    state: State
    under_review: UnderReview | None
    since: datetime | None
    scopes: list[Scope]
    providers: list[AuthorisedProvider]
    enterprise: AuthorisedEnterprise | None
    handover: bool
    letter: LetterView | None
    scan: ScanView | None
    problem: ProblemView | None
    submission: int
    in_force: bool
    held_by_others: list[UUID]
    handed_over: list[HandoverView]

    @classmethod
    def of(cls, one: Authorisation, handovers: Sequence[Handover] = ()) -> Self:
        """From the authorisation, and what successors take over of it."""
        filing = one.filing
        lost = {each.provider_id for each in handovers if each.completed}
        return cls(
            authorisation_id=one.authorisation_id,
            version=one.version,
            letter_number=one.letter_number,
            letter_version=one.letter_version,
            state=_STATES[filing.state],
            under_review=UnderReview(level=filing.level, unit_name=filing.unit_name, since=filing.since)
            if filing.locked
            else None,
            since=filing.since,
            scopes=list(one.request.scopes),
            providers=list(one.providers),
            enterprise=one.request.enterprise,
            handover=one.request.handover,
            letter=LetterView(**one.letter) if one.letter else None,
            scan=ScanView(**one.scan) if one.scan else None,
            problem=ProblemView.of(one.problem, DISPLAYED_PROBLEMS) if one.problem else None,
            submission=filing.submission,
            in_force=one.granted and not lost.issuperset(one.request.provider_ids),
            held_by_others=list(one.held_by_others),
            handed_over=[HandoverView(**each._asdict()) for each in handovers],
        )
