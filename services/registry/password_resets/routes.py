"""The HTTP endpoints of forgotten passwords."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.registry.accounts import registration
from services.registry.accounts.rules import username_key
from services.registry.password_resets import store, use_cases
from services.registry.password_resets.problems import ResetRefused
from services.registry.password_resets.rules import (
    QUESTIONS,
    ListedAccount,
    ResettableAccount,
    Words,
    shown_questions,
)
from shared.clock import china_today, utc_now
from shared.identifiers.names import compared
from shared.postgres.transaction import Rows, Transaction, UnitOfWork
from shared.security.caller import Caller, Role
from shared.security.drawn_codes import draw_code
from shared.security.identifiers import Cipher
from shared.security.passwords import MAX_LENGTH as MAX_PASSWORD_LENGTH
from shared.security.passwords import Passwords
from shared.web.pages import Page, PageQuery, Paging
from shared.web.routes import PUBLIC, Routes

password_resets = Routes("accounts")
_ACCOUNTS = Paging("accounts", region=str, account_id=UUID)
_BEFORE_REGIONS, _LOWEST = "000000", UUID(int=0)

Short = Annotated[str, Field(max_length=200)]


class SecurityQuestions(BaseModel):
    """The questions to answer, in the order of the answers."""

    questions: list[str]


class PasswordReset(BaseModel):
    """A new password, and what proves the owner: the answers to all questions, or the one-time password."""

    model_config = ConfigDict(extra="forbid")

    new: Short
    answers: Annotated[list[Short], Field(min_length=QUESTIONS, max_length=QUESTIONS)] | None = None
    one_time_password: Short | None = None

    @model_validator(mode="after")
    def _one_proof(self) -> Self:
        if (self.answers is None) is (self.one_time_password is None):
            raise ValueError("give either the answers or the one-time password")
        return self


class AccountsQuery(PageQuery):
    """All accounts of the region and below, or those with this username, name, ID number or phone."""

    query: Short = ""


class ListedAccountView(BaseModel):
    """An account of a unit's region; `one_time_until` while its password is a one-time password."""

    account_id: UUID
    username: str
    role: Role
    name: str
    region: str
    unit_id: UUID | None
    id_number_masked: str | None
    phone_masked: str | None
    state: str
    closed: bool
    one_time_until: datetime | None

    @classmethod
    def of(cls, account: ListedAccount) -> Self:
        """Builds the view of an account."""
        return cls(**{name: getattr(account, name) for name in cls.model_fields})


class OneTimePassword(BaseModel):
    """A one-time password, shown here alone, and until when it sets a new one."""

    one_time_password: str
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class ProvenReset:
    """Whose password it is, the hash that it had when the proof was checked, and the hash of the new one."""

    account_id: UUID
    compared_hash: str
    hashed: str


@dataclass(frozen=True, slots=True)
class DrawnPassword:
    """A password that was drawn, and its hash."""

    text: str
    hashed: str


@password_resets.get("/accounts/{username}/security-questions", by=PUBLIC)
async def read_security_questions(rows: Rows, cipher: Cipher, username: str) -> SecurityQuestions:
    """Anyone reads the questions of a username, which look the same whether there is such a username (ACC-5)."""
    requested = await store.questions(rows, username)
    return SecurityQuestions(questions=list(shown_questions(requested, cipher.index(username_key(username)))))


async def _proven_reset(work: UnitOfWork, passwords: Passwords, username: str, body: PasswordReset) -> ProvenReset:
    """Checks the proof and hashes the new password, which takes too long for a transaction."""
    registration.check([*registration.password_problems("new", body.new, username_key(username))])
    async with work.reading() as rows:
        account = await store.resettable(rows, username)
    if not await _is_proven(passwords, account, body) or account is None:
        raise ResetRefused
    return ProvenReset(account.account_id, account.password_hash, await passwords.hash(body.new))


async def _is_proven(passwords: Passwords, account: ResettableAccount | None, body: PasswordReset) -> bool:
    """Compares every answer, whatever the others are, so that the time tells nothing."""
    if body.answers is None:
        valid = account is not None and account.takes_one_time_password(utc_now())
        typed = (body.one_time_password or "").strip().upper()[: MAX_PASSWORD_LENGTH + 1]
        return await passwords.matches(account.password_hash if account and valid else None, typed)
    hashes = (account.answer_hashes if account else ()) or (None,) * QUESTIONS
    pairs = zip(hashes, body.answers, strict=True)
    return all([await passwords.matches(hashed, compared(answer)) for hashed, answer in pairs])


@password_resets.post("/accounts/{username}/password-reset", by=PUBLIC, prepare=_proven_reset, status=204)
async def reset_password(
    tx: Transaction,
    username: str,  # noqa: ARG001 - the proof is of this account
    body: PasswordReset,  # noqa: ARG001 - it is prepared
    prepared: ProvenReset,
) -> None:
    """Whoever has forgotten a password sets another, by the security questions or a one-time password (ACC-5)."""
    await use_cases.reset(tx, prepared.account_id, prepared.compared_hash, prepared.hashed)


@password_resets.get("/accounts", by=(Role.AGENCY,))
async def list_accounts(
    rows: Rows, caller: Caller, cipher: Cipher, query: AccountsQuery
) -> Page[ListedAccountView]:
    """A unit's maintainer lists the accounts of the unit's region and below, or finds one (ACC-6)."""
    start = _ACCOUNTS.start(query, _BEFORE_REGIONS, _LOWEST)
    if query.query.strip():
        words = Words.of(query.query, china_today(utc_now()))
        found = await store.search(rows, caller.span, start, query.fetched, words, cipher.index(words.number))
    else:
        found = await store.page(rows, caller.span, start, query.fetched)
    return _ACCOUNTS.page(query, found, ListedAccountView.of)


async def _drawn_password(passwords: Passwords) -> DrawnPassword:
    text = draw_code()
    return DrawnPassword(text, await passwords.hash(text))


@password_resets.post("/accounts/{account_id}/one-time-password", by=(Role.AGENCY,), prepare=_drawn_password)
async def give_one_time_password(
    tx: Transaction, caller: Caller, account_id: UUID, prepared: DrawnPassword
) -> OneTimePassword:
    """A unit's maintainer resets a password of the region to a one-time password (ACC-6)."""
    after = await use_cases.give_one_time_password(tx, caller, account_id, prepared.hashed)
    if after.one_time_until is None:
        raise AssertionError("a one-time password expires")
    return OneTimePassword(one_time_password=prepared.text, valid_until=after.one_time_until)
