"""The HTTP endpoints of the policies of the second factor."""

from collections.abc import Sequence
from typing import Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from services.registry.second_factor_policies import store, use_cases
from services.registry.second_factor_policies.rules import SecondFactorPolicy, is_compulsory
from shared.clock import utc_now
from shared.identifiers.regions import UPWARD, Level
from shared.postgres.transaction import Rows, Transaction
from shared.problems import NotFound
from shared.security.caller import UNIT_ROLES, Caller, Role
from shared.web.routes import SIGNED_IN, Routes

second_factor_policies = Routes("second-factor-policies")


class PolicyToSet(BaseModel):
    """Whether a second factor is demanded, at once or from a time on."""

    model_config = ConfigDict(extra="forbid")

    compulsory: bool
    effective_from: AwareDatetime | None = None


class PolicyDecision(BaseModel):
    """A decision of the nation's unit."""

    compulsory: bool
    effective_from: AwareDatetime
    set_at: AwareDatetime
    set_by: UUID


class SecondFactorPolicyView(BaseModel):
    """Whether the accounts of a role at a level need a second factor now, and all decisions, the latest first."""

    role: Role
    level: Level
    compulsory: bool
    history: list[PolicyDecision]

    @classmethod
    def of(cls, role: Role, level: Level, policies: Sequence[SecondFactorPolicy]) -> Self:
        """Builds the view of a role at a level."""
        history = [
            PolicyDecision(**{name: getattr(one, name) for name in PolicyDecision.model_fields})
            for one in policies
        ]
        return cls(role=role, level=level, compulsory=is_compulsory(policies, utc_now()), history=history)


class SecondFactorPolicies(BaseModel):
    """The policies of both roles of units at all levels."""

    items: list[SecondFactorPolicyView]


@second_factor_policies.get("/second-factor-policies", by=SIGNED_IN)
async def list_second_factor_policies(rows: Rows) -> SecondFactorPolicies:
    """Anyone signed in reads which accounts of units need a second factor (ACC-11)."""
    return _all(await store.listed(rows))


@second_factor_policies.put("/second-factor-policies/{role}/{level}", by=UNIT_ROLES)
async def set_second_factor_policy(
    tx: Transaction, caller: Caller, role: str, level: str, body: PolicyToSet
) -> SecondFactorPolicies:
    """The nation's unit decides whether the accounts of a role at a level need a second factor (ACC-11)."""
    NotFound.unless(role in UNIT_ROLES and level in UPWARD)
    await use_cases.set_policy(
        tx, caller, Role(role), Level(level), body.effective_from, compulsory=body.compulsory
    )
    return _all(await store.listed(tx))


def _all(policies: Sequence[SecondFactorPolicy]) -> SecondFactorPolicies:
    return SecondFactorPolicies(
        items=[
            SecondFactorPolicyView.of(
                role, level, [one for one in policies if (one.role, one.level) == (role, level)]
            )
            for role in UNIT_ROLES
            for level in UPWARD
        ]
    )
