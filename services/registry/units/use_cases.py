"""What is done with units, one transaction each."""

from services.registry.regions import store as regions
from services.registry.units import rules, store
from services.registry.units.problems import UnitBeyondRegion, UnitExists
from services.registry.units.rules import Unit
from shared.contracts.registry.events import UnitRegistered
from shared.ids import new_id
from shared.postgres.transaction import Transaction
from shared.problems import FieldsRefused
from shared.security.caller import Caller


async def register(tx: Transaction, caller: Caller, name: str, region: str, uscc: str | None) -> Unit:
    """A superior unit registers one below it; from now on reviews of its region stop there (REV-2)."""
    UnitBeyondRegion.unless(rules.may_register(caller, region))
    unit = await checked(tx, name, region, uscc)
    if not await store.insert(tx, unit):
        existing = await store.of_region(tx, region)
        raise UnitExists(name=existing.name if existing else "")
    _record(tx, unit)
    return unit


async def register_first(tx: Transaction, name: str, region: str) -> Unit:
    """The unit that no other registers: the nation's. The one that is there already, where there is one."""
    existing = await store.of_region(tx, region)
    if existing is not None:
        return existing
    unit = await checked(tx, name, region, None)
    if await store.insert(tx, unit):
        _record(tx, unit)
        return unit
    existing = await store.of_region(tx, region)
    return existing or unit


async def checked(tx: Transaction, name: str, region: str, uscc: str | None) -> Unit:
    """The unit as it would be on record; raises FieldsRefused."""
    unit, problems = rules.read_unit(new_id(), name, region, uscc, await regions.find(tx, region))
    if unit is None:
        raise FieldsRefused(fields=problems)
    return unit


def _record(tx: Transaction, unit: Unit) -> None:
    tx.record(
        UnitRegistered(
            subject_id=unit.unit_id,
            subject_version=unit.version,
            region=unit.region,
            name=unit.name,
            level=unit.level,
        )
    )
    tx.audit(unit.unit_id, "unit.registered", after={"name": unit.name, "region": unit.region, "uscc": unit.uscc})
