"""Of which accounts the nation's unit demands a second factor, from when on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.registry.effective_dates import effective_at, in_force
from shared.identifiers.regions import NATION, Level
from shared.problems import RoleRequired
from shared.security.caller import Caller, Role


@dataclass(frozen=True, slots=True)
class SecondFactorPolicy:
    """A decision of the nation's unit: whether the accounts of a role at a level need a second factor."""

    role: Role
    level: Level
    compulsory: bool
    effective_from: datetime
    set_at: datetime
    set_by: UUID


def is_compulsory(policies: Sequence[SecondFactorPolicy], now: datetime) -> bool:
    """Whether a second factor is demanded now; it is not before the nation's unit has decided."""
    present = in_force(policies, now)
    return present is not None and present.compulsory


def decided(
    caller: Caller, role: Role, level: Level, now: datetime, effective_from: datetime | None, *, compulsory: bool
) -> SecondFactorPolicy:
    """A decision of the nation's unit, which takes effect at once or later, and never in the past."""
    RoleRequired.unless(caller.region == NATION)
    effective = effective_at(effective_from, now)
    return SecondFactorPolicy(role, level, compulsory, effective, now, caller.account_id)
