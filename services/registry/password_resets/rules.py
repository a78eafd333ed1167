"""Who may reset whose password, and with what somebody proves that a forgotten password is theirs."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Self
from uuid import UUID

from services.registry.accounts.rules import username_key
from services.registry.password_resets.problems import OwnPasswordIsChanged
from shared.identifiers.citizen_id import parse_citizen_id
from shared.identifiers.contacts import level_phone
from shared.identifiers.invalid import InvalidValue
from shared.identifiers.names import level_person_name
from shared.problems import NotFound
from shared.security.caller import Caller

ONE_TIME_LIFE = timedelta(hours=72)

STOCK_QUESTIONS: Final = (
    "您第一所学校的名称？",
    "您母亲的出生地？",
    "您父亲的出生地？",
    "您最喜欢的书？",
    "您小学班主任的姓名？",
    "您第一个工作单位的名称？",
    "您最好的朋友的姓名？",
    "您配偶的出生地？",
)
QUESTIONS = 3


@dataclass(frozen=True, slots=True)
class ResettableAccount:
    """An account with what its owner can prove themselves with: hashed answers, or a one-time password."""

    account_id: UUID
    password_hash: str
    answer_hashes: tuple[str, ...]
    one_time_until: datetime | None
    closed: bool

    def takes_one_time_password(self, now: datetime) -> bool:
        """Whether its password is a one-time password that has not expired."""
        return self.one_time_until is not None and now < self.one_time_until


@dataclass(frozen=True, slots=True)
class ListedAccount:
    """An account as the units of its region list it."""

    account_id: UUID
    username: str
    role: str
    name: str
    region: str
    unit_id: UUID | None
    id_number_masked: str | None
    phone_masked: str | None
    state: str
    closed: bool
    one_time_until: datetime | None


@dataclass(frozen=True, slots=True)
class Words:
    """What a unit looks for an account by, in the forms in which usernames, names and numbers are stored."""

    username_key: str
    name: str
    number: str

    @classmethod
    def of(cls, text: str, today: date) -> Self:
        """Reads the words as each of the three; what they cannot be matches nothing."""
        readers = (lambda: parse_citizen_id(text, today), lambda: level_phone(text))
        return cls(username_key(text.strip()), _read(lambda: level_person_name(text)), _read(*readers))


def _read(*readers: Callable[[], str]) -> str:
    for reader in readers:
        with suppress(InvalidValue):
            return reader()
    return ""


def check_reset_by_unit(caller: Caller, account_id: UUID, region: str) -> None:
    """A unit's maintainer resets passwords in its region and below, except the own one (ACC-6)."""
    NotFound.unless(caller.oversees(region))
    OwnPasswordIsChanged.unless(caller.account_id != account_id)


def shown_questions(questions: Sequence[str], index: bytes) -> tuple[str, ...]:
    """The questions to answer; for a username without any, three of the stock, always the same for that username.

    So nobody learns from the questions which usernames exist. `index` is a keyed hash of the username.
    """
    if questions:
        return tuple(questions)
    order = sorted(range(len(STOCK_QUESTIONS)), key=lambda position: index[position])
    return tuple(STOCK_QUESTIONS[position] for position in order[:QUESTIONS])
