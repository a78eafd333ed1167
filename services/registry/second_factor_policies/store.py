"""The SQL of the policies of the second factor."""

from services.registry.second_factor_policies.rules import SecondFactorPolicy
from shared.identifiers.regions import Level
from shared.postgres.row_mapper import RowMapper, enum
from shared.postgres.transaction import Rows, Transaction
from shared.security.caller import Role

_POLICY = RowMapper(
    SecondFactorPolicy,
    {
        "role": enum(Role),
        "level": enum(Level),
        "compulsory": "boolean",
        "effective_from": "timestamptz",
        "set_at": "timestamptz",
        "set_by": "uuid",
    },
)
_LIST = f"SELECT {_POLICY.columns} FROM second_factor_policy ORDER BY effective_from DESC, set_at DESC"
_OF = f"SELECT {_POLICY.columns} FROM second_factor_policy WHERE role = $1 AND level = $2"
_INSERT = f"INSERT INTO second_factor_policy ({_POLICY.columns}) VALUES ({_POLICY.parameters})"


async def listed(rows: Rows) -> list[SecondFactorPolicy]:
    """All decisions, the latest first."""
    return [_POLICY.from_row(row) for row in await rows.fetch(_LIST)]


async def of_accounts(rows: Rows, role: Role, level: Level) -> list[SecondFactorPolicy]:
    """All decisions about the accounts of a role at a level."""
    return [_POLICY.from_row(row) for row in await rows.fetch(_OF, role, level)]


async def insert(tx: Transaction, one: SecondFactorPolicy) -> None:
    """Writes a decision; none is ever changed."""
    await tx.execute(_INSERT, *_POLICY.values(one))
