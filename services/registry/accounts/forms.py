"""The forms of accounts as they come in, and accounts as they are answered."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.registry.accounts.registration import Person, SecurityQuestion, read_person
from services.registry.accounts.rules import Account
from services.registry.filings import FilingState
from shared.contracts.registry.events import Attachment
from shared.identifiers.regions import Level
from shared.problems import FieldProblem, FieldsRefused
from shared.security.caller import Role

RegionCode = Annotated[str, Field(pattern=r"^[0-9]{6}$")]
Short = Annotated[str, Field(max_length=200)]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SecurityQuestionForm(_Form):
    """A security question with its answer."""

    question: Short
    answer: Short


class PersonForm(_Form):
    """A person and the region of their business."""

    name: Short
    id_number: Short
    phone: Short
    region: RegionCode

    def read_person(self, today: date) -> tuple[Person | None, list[FieldProblem]]:
        """Who it is, or what is wrong with it."""
        return read_person(self.name, self.id_number, self.phone, today)

    def person(self, today: date) -> Person:
        """Who it is; raises FieldsRefused."""
        person, problems = self.read_person(today)
        if person is None:
            raise FieldsRefused(fields=tuple(problems))
        return person


class AccountToRegister(PersonForm):
    """What anyone registers an account with (ACC-1)."""

    username: Short
    password: Short
    security_questions: Annotated[list[SecurityQuestionForm], Field(max_length=10)]

    @property
    def questions(self) -> list[SecurityQuestion]:
        """The security questions."""
        return [SecurityQuestion(one.question, one.answer) for one in self.security_questions]


class AccountToAmend(PersonForm):
    """A person's data as they should have been, and the version of the account that was seen."""

    version: int


class UnitAccountToOpen(_Form):
    """An account for a unit's staff: a reviewer, or a maintainer of the agency's business."""

    username: Short
    password: Short
    name: Short
    role: Literal[Role.REVIEWER, Role.AGENCY]


class AttachmentReceipts(_Form):
    """The receipts of the papers that an account is filed with (ACC-1)."""

    id_card_front: str
    id_card_back: str
    certificate: str


class PasswordChange(_Form):
    """The present password and the one to come."""

    present: Annotated[str, Field(max_length=1000)]
    new: Short


class PersonalNumbers(BaseModel):
    """A person's numbers in full."""

    id_number: str
    phone: str


class AccountView(BaseModel):
    """An account as its owner sees it; level and unit tell who is reviewing it."""

    account_id: UUID
    version: int
    username: str
    role: Role
    name: str
    region: str
    unit_id: UUID | None
    id_number_masked: str | None
    phone_masked: str | None
    state: FilingState
    submission: int
    level: Level | None
    unit_name: str | None
    since: datetime | None
    attachments: tuple[Attachment, ...]

    @classmethod
    def of(cls, account: Account) -> "AccountView":
        """The view of an account."""
        return cls(
            account_id=account.account_id,
            version=account.version,
            username=account.username,
            role=account.role,
            name=account.name,
            region=account.region,
            unit_id=account.unit_id,
            id_number_masked=account.id_number_masked,
            phone_masked=account.phone_masked,
            state=account.state,
            submission=account.filing.submission,
            level=account.filing.level,
            unit_name=account.filing.unit_name,
            since=account.filing.since,
            attachments=account.attachments,
        )
