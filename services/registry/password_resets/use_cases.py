"""What is done about forgotten passwords, one transaction each."""

from uuid import UUID

from services.registry.accounts import store as accounts
from services.registry.accounts.problems import AccountClosed
from services.registry.accounts.rules import Account
from services.registry.accounts.use_cases import save_password
from services.registry.password_resets import rules
from services.registry.password_resets.problems import ResetRefused
from shared.postgres.transaction import Transaction
from shared.problems import NotFound
from shared.security.caller import Caller


async def reset(tx: Transaction, account_id: UUID, compared_hash: str, hashed: str) -> None:
    """The owner of a forgotten password has proved it, and sets another; all sessions end (ACC-5).

    `compared_hash` is the stored hash when the proof was checked. Of two resets at the same time the second is
    refused, because the stored hash has changed.
    """
    account = await accounts.lock(tx, account_id)
    if account is None or await accounts.password_hash(tx, account_id) != compared_hash:
        raise ResetRefused
    AccountClosed.unless(not account.closed)
    await save_password(tx, account.with_new_password(), hashed, "account.password.reset")


async def give_one_time_password(tx: Transaction, caller: Caller, account_id: UUID, hashed: str) -> Account:
    """A unit resets a password of its region to a one-time password; the password before it is void (ACC-6)."""
    account = await accounts.lock(tx, account_id)
    if account is None:
        raise NotFound
    rules.check_reset_by_unit(caller, account_id, account.region)
    AccountClosed.unless(not account.closed)
    after = account.with_one_time_password(tx.now + rules.ONE_TIME_LIFE)
    await save_password(tx, after, hashed, "account.password.reset-by-unit")
    return after
