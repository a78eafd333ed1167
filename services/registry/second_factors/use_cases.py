"""What is done with second factors, one transaction each."""

from collections.abc import Sequence
from uuid import UUID

from services.registry.accounts import store as accounts
from services.registry.accounts.rules import Account
from services.registry.accounts.use_cases import end_sessions, lock_own
from services.registry.second_factors import rules, store
from services.registry.second_factors.problems import (
    EnrolmentCodeWrong,
    EnrolmentOver,
    PresentFactorRequired,
    PresentPasswordWrong,
    SecondFactorAbsent,
)
from services.registry.second_factors.rules import ENROLMENT_LIFE, Enrolment, Proof, SecondFactor
from shared.postgres.transaction import Transaction
from shared.problems import NotFound
from shared.security.caller import Caller
from shared.security.identifiers import Cipher


async def use_code(tx: Transaction, cipher: Cipher, factor: SecondFactor, text: str) -> Proof | None:
    """Uses up a code of the authenticator or a recovery code; None for a wrong or used one."""
    code = rules.entered_code(text)
    if rules.is_time_based(code):
        step = rules.matching_step(cipher.decrypt(factor.secret), code, tx.now)
        return Proof() if step is not None and await store.use_step(tx, factor, step) else None
    if not await store.use_recovery_code(tx, factor.account_id, _hash(cipher, factor.account_id, code)):
        return None
    left = await store.recovery_codes_left(tx, factor.account_id)
    tx.audit(factor.account_id, "account.second-factor.recovery-code-used", after={"left": left})
    return Proof(left)


async def start_enrolment(
    tx: Transaction, caller: Caller, cipher: Cipher, compared_hash: str, secret: str, code: str | None
) -> tuple[Account, Enrolment]:
    """Starts to enrol an authenticator; a device that is replaced, or a recovery code, agrees to it (ACC-11).

    `compared_hash` is the stored hash that the present password matched.
    """
    account = await lock_own(tx, caller)
    PresentPasswordWrong.unless(await accounts.password_hash(tx, account.account_id) == compared_hash)
    factor = await store.find(tx, account.account_id)
    if factor is not None:
        PresentFactorRequired.unless(code and await use_code(tx, cipher, factor, code))
    enrolment = Enrolment(account.account_id, cipher.encrypt(secret), tx.now + ENROLMENT_LIFE)
    await store.save_enrolment(tx, enrolment)
    tx.audit(account.account_id, "account.second-factor.enrolment-started", after={"replaces": factor is not None})
    return account, enrolment


async def confirm(
    tx: Transaction, caller: Caller, cipher: Cipher, code: str, recovery_codes: Sequence[str]
) -> None:
    """Confirms an enrolment by a code; sessions that were opened without the second factor end (ACC-11)."""
    account = await lock_own(tx, caller)
    enrolment = await store.enrolment(tx, account.account_id)
    if enrolment is None or enrolment.expires_at <= tx.now:
        raise EnrolmentOver(minutes=int(ENROLMENT_LIFE.total_seconds() // 60))
    step = rules.matching_step(cipher.decrypt(enrolment.secret), rules.entered_code(code), tx.now)
    if step is None:
        raise EnrolmentCodeWrong
    factor = SecondFactor(account.account_id, enrolment.secret, step, tx.now)
    await store.save(tx, factor, [_hash(cipher, account.account_id, one) for one in recovery_codes])
    await end_sessions(tx, account, "account.second-factor.enrolled")


async def reset_by_unit(tx: Transaction, caller: Caller, account_id: UUID) -> None:
    """A superior unit removes the second factor of a lost device; the account's sessions end (ACC-11)."""
    account = await accounts.lock(tx, account_id)
    if account is None:
        raise NotFound
    rules.check_reset(caller, account_id, account.region)
    SecondFactorAbsent.unless(await store.remove(tx, account_id))
    await end_sessions(tx, account, "account.second-factor.reset-by-unit")


def _hash(cipher: Cipher, account_id: UUID, code: str) -> bytes:
    """Hashes a recovery code with a key; it has too many bits to be guessed without."""
    return cipher.index(rules.recovery_index_text(account_id, code))
