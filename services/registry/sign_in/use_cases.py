"""What happens after the password of a unit's account was right, in one transaction."""

from dataclasses import dataclass

from services.registry.accounts.store import Credentials
from services.registry.second_factor_policies import rules as policy_rules
from services.registry.second_factor_policies import store as policies
from services.registry.second_factors import store as factors
from services.registry.second_factors.problems import SecondFactorWrong
from services.registry.second_factors.use_cases import use_code
from shared.identifiers.regions import level_of
from shared.postgres.transaction import Transaction
from shared.security.caller import Role
from shared.security.identifiers import Cipher
from shared.security.problems import SecondFactorRequired


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The role of the session that is opened, and the recovery codes that are left after one was used."""

    role: Role
    recovery_codes_left: int | None = None


async def prove_second_factor(
    tx: Transaction, cipher: Cipher, account: Credentials, code: str | None, *, exempt: bool
) -> SignedIn:
    """Uses up the code of an account that has a second factor; one that needs it and has none only enrols it."""
    factor = await factors.find(tx, account.account_id)
    if factor is None:
        enrols = not exempt and await _is_compulsory(tx, account)
        return SignedIn(Role.ENROLLING if enrols else account.role)
    if code is None:
        raise SecondFactorRequired
    proof = await use_code(tx, cipher, factor, code)
    if proof is None:
        raise SecondFactorWrong
    return SignedIn(account.role, proof.recovery_codes_left)


async def _is_compulsory(tx: Transaction, account: Credentials) -> bool:
    found = await policies.of_accounts(tx, account.role, level_of(account.region))
    return policy_rules.is_compulsory(found, tx.now)
