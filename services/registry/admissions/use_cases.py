"""What is done with admissions: a record is checked by them, and the nation's unit sets them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.registry.admissions import rules, store
from services.registry.admissions.rules import AdmissionKind
from services.registry.effective_dates import in_force
from shared.ids import new_id
from shared.postgres.transaction import Transaction
from shared.security.caller import Caller


async def check(tx: Transaction, values: Mapping[str, Any], under_way: Mapping[str, Any]) -> None:
    """Raises the reason why an institution with these values cannot be maintained at present (AUT-4).

    `under_way` was submitted or approved while its kind was admitted, and is maintained after that.
    """
    for kind in rules.newly(values, under_way):
        present = in_force(await store.of_kind(tx, kind), tx.now)
        if present is None or not present.allowed:
            raise rules.refusal_of(kind)


async def set_admission(
    tx: Transaction, caller: Caller, kind: AdmissionKind, effective_from: datetime | None, *, allowed: bool
) -> None:
    """The nation's unit decides whether a kind is admitted, and from when on (AUT-4)."""
    decision = rules.decided(caller, kind, tx.now, effective_from, allowed=allowed)
    await store.insert(tx, decision)
    tx.audit(
        new_id(),
        "admission.set",
        after={"kind": kind.value, "allowed": allowed, "effective_from": decision.effective_from.isoformat()},
    )
