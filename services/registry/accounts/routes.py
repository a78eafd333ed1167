"""The HTTP endpoints of accounts."""

from dataclasses import dataclass
from uuid import UUID

from services.registry.accounts import registration, store, use_cases
from services.registry.accounts.attachments import attachments_of
from services.registry.accounts.forms import (
    AccountToAmend,
    AccountToRegister,
    AccountView,
    AttachmentReceipts,
    PasswordChange,
    PersonalNumbers,
    UnitAccountToOpen,
)
from services.registry.accounts.problems import PasswordWrong
from services.registry.accounts.rules import username_key
from services.registry.accounts.sealing import Proofs, proofs_of, sealed_person
from shared.clock import china_today, utc_now
from shared.postgres.transaction import Rows, Transaction, UnitOfWork
from shared.problems import NotFound
from shared.security.caller import Caller, Role
from shared.security.identifiers import Cipher
from shared.security.passwords import MAX_LENGTH as MAX_PASSWORD_LENGTH
from shared.security.passwords import Passwords
from shared.security.tokens import Verifier
from shared.web.routes import PUBLIC, SIGNED_IN, Routes

accounts = Routes("accounts")


@dataclass(frozen=True, slots=True)
class NewPassword:
    """The hash that the present password was compared with, and that of the new one."""

    compared_hash: str
    hashed: str


async def _proofs_of_person(body: AccountToRegister, passwords: Passwords) -> Proofs:
    """Checks a registration and hashes its secrets, which takes too long for a transaction."""
    registration.check(
        [
            *registration.credential_problems(body.username, body.password),
            *body.read_person(china_today(utc_now()))[1],
            *registration.question_problems(body.questions),
        ]
    )
    return await proofs_of(passwords, body.password, body.questions)


async def _proofs_of_unit_account(body: UnitAccountToOpen, passwords: Passwords) -> Proofs:
    registration.check(
        [
            *registration.credential_problems(body.username, body.password),
            *registration.holder_problems(body.name),
        ]
    )
    return await proofs_of(passwords, body.password)


@accounts.post("/accounts", by=PUBLIC, prepare=_proofs_of_person)
async def register_account(
    tx: Transaction, cipher: Cipher, body: AccountToRegister, prepared: Proofs
) -> AccountView:
    """Anyone registers an account (ACC-1)."""
    person = sealed_person(cipher, body.person(china_today(tx.now)))
    return AccountView.of(await use_cases.register(tx, body.username, body.region, person, prepared))


@accounts.get("/accounts/current", by=SIGNED_IN)
async def read_own_account(rows: Rows, caller: Caller) -> AccountView:
    """Who is signed in reads their account and how its review stands (ACC-2)."""
    account = await store.find(rows, caller.account_id)
    if account is None:
        raise NotFound
    return AccountView.of(account)


@accounts.put("/accounts/current", by=(Role.MAINTAINER,))
async def amend_own_account(tx: Transaction, caller: Caller, cipher: Cipher, body: AccountToAmend) -> AccountView:
    """A person mends their data before it is filed, or after it was returned (ACC-2)."""
    person = sealed_person(cipher, body.person(china_today(tx.now)))
    return AccountView.of(await use_cases.amend(tx, caller, body.version, body.region, person))


@accounts.post("/accounts/current/submission", by=(Role.MAINTAINER,), status=200)
async def submit_own_account(
    tx: Transaction, caller: Caller, verifier: Verifier, body: AttachmentReceipts
) -> AccountView:
    """A person files their account with ID card and certificate for review by the nation (ACC-1, ACC-2)."""
    attachments = attachments_of(verifier, body, caller)
    return AccountView.of(await use_cases.submit(tx, caller, attachments))


async def _new_password(
    work: UnitOfWork, passwords: Passwords, caller: Caller, body: PasswordChange
) -> NewPassword:
    """Compares the present password and hashes the new one, which takes too long for a transaction."""
    registration.check([*registration.password_problems("new", body.new)])
    async with work.reading() as rows:
        stored = await store.password_hash(rows, caller.account_id)
    if stored is None or not await passwords.matches(stored, body.present[: MAX_PASSWORD_LENGTH + 1]):
        raise PasswordWrong
    return NewPassword(stored, await passwords.hash(body.new))


@accounts.put("/accounts/current/password", by=SIGNED_IN, prepare=_new_password, status=204)
async def change_own_password(
    tx: Transaction, caller: Caller, body: PasswordChange, prepared: NewPassword
) -> None:
    """Who is signed in changes the password; every session of the account ends, this one too (ACC-5)."""
    account = await use_cases.change_password(tx, caller, prepared.compared_hash, prepared.hashed)
    registration.check([*registration.password_problems("new", body.new, username_key(account.username))])


@accounts.get("/accounts/{account_id}/numbers", by=(Role.REVIEWER,))
async def read_numbers(tx: Transaction, caller: Caller, cipher: Cipher, account_id: UUID) -> PersonalNumbers:
    """The nation's reviewer compares a person's full numbers with the papers; each look is kept in the trail."""
    id_number, phone = await use_cases.read_numbers(tx, caller, cipher, account_id)
    return PersonalNumbers(id_number=id_number, phone=phone)


@accounts.post("/units/{unit_id}/accounts", by=(Role.AGENCY,), prepare=_proofs_of_unit_account)
async def open_unit_account(
    tx: Transaction, caller: Caller, unit_id: UUID, body: UnitAccountToOpen, prepared: Proofs
) -> AccountView:
    """A unit's maintainer, or a superior's, opens an account for the unit (ACC-9)."""
    account = await use_cases.open_for_unit(tx, caller, unit_id, body.username, body.name, body.role, prepared)
    return AccountView.of(account)
