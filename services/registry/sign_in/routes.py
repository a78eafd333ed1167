"""The internal endpoint by which the gateway signs somebody in."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.registry.accounts import store
from services.registry.accounts.problems import AccountClosed, CredentialsWrong, PasswordChangeRequired
from services.registry.accounts.store import Credentials
from services.registry.sign_in.rules import ExemptAccounts
from services.registry.sign_in.use_cases import SignedIn, prove_second_factor
from shared.postgres.transaction import UnitOfWork
from shared.security.caller import UNIT_ROLES, Role
from shared.security.identifiers import Cipher
from shared.security.passwords import MAX_LENGTH as MAX_PASSWORD_LENGTH
from shared.security.passwords import Passwords
from shared.web.routes import Incoming, Routes

sign_in = Routes("accounts")


class CredentialsToCheck(BaseModel):
    """What somebody signs in with; `code` is of the authenticator, or a recovery code."""

    model_config = ConfigDict(extra="forbid")

    username: str
    password: str
    code: str | None = None


class AuthenticatedAccount(BaseModel):
    """Whose credentials they are: what a session needs to know."""

    account_id: UUID
    name: str
    role: Role
    region: str
    unit_id: UUID | None
    reviewed: bool
    epoch: int
    recovery_codes_left: int | None

    @classmethod
    def of(cls, account: Credentials, signed_in: SignedIn) -> "AuthenticatedAccount":
        """The view of an account and how it has signed in."""
        return cls(
            account_id=account.account_id,
            name=account.name,
            role=signed_in.role,
            region=account.region,
            unit_id=account.unit_id,
            reviewed=account.reviewed,
            epoch=account.epoch,
            recovery_codes_left=signed_in.recovery_codes_left,
        )


@sign_in.post("/internal/credentials", by=(Role.GATEWAY,), internal=True, status=200)
async def check_credentials(
    work: UnitOfWork,
    passwords: Passwords,
    cipher: Cipher,
    exempt: ExemptAccounts,
    incoming: Incoming,
    body: CredentialsToCheck,
) -> AuthenticatedAccount:
    """The gateway asks whose username and password these are, and whether the second factor is proved.

    No connection is held while the password is hashed. What the account lacks besides is said to its owner alone:
    after the right password.
    """
    account = await _account_of(work, passwords, body)
    if account.role not in UNIT_ROLES:
        return AuthenticatedAccount.of(account, SignedIn(account.role))
    async with work.begin(incoming.cause) as tx:
        is_exempt = exempt.exempts(body.username)
        signed_in = await prove_second_factor(tx, cipher, account, body.code, exempt=is_exempt)
    return AuthenticatedAccount.of(account, signed_in)


async def _account_of(work: UnitOfWork, passwords: Passwords, body: CredentialsToCheck) -> Credentials:
    async with work.reading() as rows:
        stored = await store.credentials(rows, body.username)
    # One character beyond the longest makes it wrong, and hashing it costs no more than any other.
    typed = body.password[: MAX_PASSWORD_LENGTH + 1]
    right = await passwords.matches(stored.password_hash if stored else None, typed)
    if stored is None or not right:
        raise CredentialsWrong
    AccountClosed.unless(not stored.closed)
    PasswordChangeRequired.unless(stored.one_time_until is None)
    return stored
