"""The nation's unit decides of which accounts a second factor is demanded."""

from datetime import datetime

from services.registry.second_factor_policies import rules, store
from shared.identifiers.regions import Level
from shared.ids import new_id
from shared.postgres.transaction import Transaction
from shared.security.caller import Caller, Role


async def set_policy(
    tx: Transaction, caller: Caller, role: Role, level: Level, effective_from: datetime | None, *, compulsory: bool
) -> None:
    """The nation's unit demands a second factor of a role at a level, or no longer, and from when on (ACC-11)."""
    decision = rules.decided(caller, role, level, tx.now, effective_from, compulsory=compulsory)
    await store.insert(tx, decision)
    tx.audit(
        new_id(),
        "second-factor-policy.set",
        after={
            "role": role.value,
            "level": level.value,
            "compulsory": compulsory,
            "effective_from": decision.effective_from.isoformat(),
        },
    )
