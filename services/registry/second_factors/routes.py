"""The HTTP endpoints of second factors."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

import pyotp
from pydantic import BaseModel, ConfigDict, Field

from services.registry.accounts import store as accounts
from services.registry.second_factors import rules, store, use_cases
from services.registry.second_factors.problems import PresentPasswordWrong
from services.registry.second_factors.rules import RECOVERY_CODES
from shared.postgres.transaction import Rows, Transaction, UnitOfWork
from shared.security.caller import UNIT_ROLES, Caller, Role
from shared.security.drawn_codes import draw_code
from shared.security.identifiers import Cipher
from shared.security.passwords import MAX_LENGTH as MAX_PASSWORD_LENGTH
from shared.security.passwords import Passwords
from shared.web.routes import Routes

second_factors = Routes("accounts")
_ENROLS = (*UNIT_ROLES, Role.ENROLLING)

Code = Annotated[str, Field(min_length=1, max_length=64)]


class EnrolmentToStart(BaseModel):
    """The present password, and of an account that has a second factor a code of it or a recovery code."""

    model_config = ConfigDict(extra="forbid")

    password: Annotated[str, Field(max_length=1000)]
    code: Code | None = None


class EnrolmentView(BaseModel):
    """A secret for an authenticator, shown here alone; `uri` is what the QR code says."""

    secret: str
    uri: str
    expires_at: datetime


class EnrolmentToConfirm(BaseModel):
    """The present code of the authenticator that is being enrolled."""

    model_config = ConfigDict(extra="forbid")

    code: Code


class RecoveryCodes(BaseModel):
    """Codes that sign in once each without the device, shown here alone."""

    recovery_codes: list[str]


class SecondFactorView(BaseModel):
    """The second factor of the caller's account; `confirmed_at` is null where there is none."""

    confirmed_at: datetime | None
    recovery_codes_left: int


@dataclass(frozen=True, slots=True)
class ProvenPassword:
    """The stored hash that the present password matched."""

    compared_hash: str


@second_factors.get("/accounts/current/second-factor", by=_ENROLS)
async def read_own_second_factor(rows: Rows, caller: Caller) -> SecondFactorView:
    """A unit's account reads whether it has a second factor, and how many recovery codes are left (ACC-11)."""
    factor = await store.find(rows, caller.account_id)
    left = await store.recovery_codes_left(rows, caller.account_id)
    return SecondFactorView(confirmed_at=factor.confirmed_at if factor else None, recovery_codes_left=left)


async def _proven_password(
    work: UnitOfWork, passwords: Passwords, caller: Caller, body: EnrolmentToStart
) -> ProvenPassword:
    """Compares the present password, which takes too long for a transaction."""
    async with work.reading() as rows:
        stored = await accounts.password_hash(rows, caller.account_id)
    if stored is None or not await passwords.matches(stored, body.password[: MAX_PASSWORD_LENGTH + 1]):
        raise PresentPasswordWrong
    return ProvenPassword(stored)


@second_factors.post("/accounts/current/second-factor/enrolment", by=_ENROLS, prepare=_proven_password)
async def start_enrolment(
    tx: Transaction, caller: Caller, cipher: Cipher, body: EnrolmentToStart, prepared: ProvenPassword
) -> EnrolmentView:
    """A unit's account gets the secret of a new authenticator, which a code then confirms (ACC-11)."""
    secret = pyotp.random_base32()
    account, started = await use_cases.start_enrolment(
        tx, caller, cipher, prepared.compared_hash, secret, body.code
    )
    uri = rules.enrolment_uri(secret, account.username)
    return EnrolmentView(secret=secret, uri=uri, expires_at=started.expires_at)


@second_factors.post("/accounts/current/second-factor", by=_ENROLS)
async def confirm_enrolment(
    tx: Transaction, caller: Caller, cipher: Cipher, body: EnrolmentToConfirm
) -> RecoveryCodes:
    """A unit's account confirms the authenticator; every session of the account ends, this one too (ACC-11)."""
    codes = [draw_code() for _ in range(RECOVERY_CODES)]
    await use_cases.confirm(tx, caller, cipher, body.code, codes)
    return RecoveryCodes(recovery_codes=codes)


@second_factors.delete("/accounts/{account_id}/second-factor", by=(Role.AGENCY,))
async def reset_second_factor(tx: Transaction, caller: Caller, account_id: UUID) -> None:
    """A superior unit's maintainer removes the second factor of an account whose device is lost (ACC-11)."""
    await use_cases.reset_by_unit(tx, caller, account_id)
