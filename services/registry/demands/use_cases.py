"""What units do with local demands, one transaction each: set, change, end (INS-13)."""

from typing import Any
from uuid import UUID

from services.registry.demands import rules, store
from services.registry.demands.rules import DemandText, DemandVersion
from shared.ids import new_id
from shared.postgres.transaction import Transaction
from shared.problems import NotFound
from shared.security.caller import Caller


async def set_demand(tx: Transaction, caller: Caller, kind: str, wanted: DemandText) -> DemandVersion:
    """A unit demands an attachment of records of a kind in its region and below."""
    version = rules.first_version(new_id(), caller, kind, wanted, tx.now)
    await store.insert(tx, version)
    tx.audit(version.demand_id, "demand.set", after=_trace(version))
    return version


async def change_demand(
    tx: Transaction, caller: Caller, demand_id: UUID, wanted: DemandText, *, active: bool
) -> DemandVersion:
    """The unit changes or ends its demand; what was submitted before stays as it was submitted."""
    await store.queue_up(tx, demand_id)
    versions = await store.versions(tx, demand_id)
    if not versions:
        raise NotFound
    newest = max(versions, key=lambda one: one.set_at)
    version = newest.next(caller, wanted, tx.now, active=active)
    await store.insert(tx, version)
    tx.audit(demand_id, "demand.changed", before=_trace(newest), after=_trace(version))
    return version


def _trace(version: DemandVersion) -> dict[str, Any]:
    return {
        "kind": version.kind,
        "region": version.region,
        "title": version.title,
        "active": version.active,
        "effective_from": version.effective_from.isoformat(),
    }
