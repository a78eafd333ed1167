"""The SQL of second factors. A code is used up by one statement, so that of two at once one succeeds."""

from collections.abc import Sequence
from uuid import UUID

from services.registry.second_factors.rules import Enrolment, SecondFactor
from shared.postgres.row_mapper import RowMapper
from shared.postgres.transaction import Rows, Transaction

_FACTOR = RowMapper(
    SecondFactor,
    {"account_id": "uuid", "secret": "bytea", "last_step": "bigint", "confirmed_at": "timestamptz"},
    key=["account_id"],
)
_ENROLMENT = RowMapper(
    Enrolment, {"account_id": "uuid", "secret": "bytea", "expires_at": "timestamptz"}, key=["account_id"]
)
_FIND = f"SELECT {_FACTOR.columns} FROM second_factor WHERE account_id = $1"
# The secret is compared too: it may have been replaced since it was read.
_USE_STEP = """
UPDATE second_factor SET last_step = $3 WHERE account_id = $1 AND secret = $2 AND last_step < $3 RETURNING true
"""
_USE_RECOVERY_CODE = "DELETE FROM recovery_code WHERE account_id = $1 AND code_hash = $2 RETURNING true"
_RECOVERY_CODES = "SELECT count(*) FROM recovery_code WHERE account_id = $1"
_SAVE = f"""
INSERT INTO second_factor ({_FACTOR.columns}) VALUES ({_FACTOR.parameters})
ON CONFLICT (account_id) DO UPDATE SET {_FACTOR.assignments("excluded")}
"""
_REMOVE = "DELETE FROM second_factor WHERE account_id = $1 RETURNING true"
_REMOVE_RECOVERY_CODES = "DELETE FROM recovery_code WHERE account_id = $1"
_ADD_RECOVERY_CODES = "INSERT INTO recovery_code (account_id, code_hash) SELECT $1, unnest($2::bytea[])"
_FIND_ENROLMENT = f"SELECT {_ENROLMENT.columns} FROM second_factor_enrolment WHERE account_id = $1"
_SAVE_ENROLMENT = f"""
INSERT INTO second_factor_enrolment ({_ENROLMENT.columns}) VALUES ({_ENROLMENT.parameters})
ON CONFLICT (account_id) DO UPDATE SET {_ENROLMENT.assignments("excluded")}
"""
_REMOVE_ENROLMENT = "DELETE FROM second_factor_enrolment WHERE account_id = $1"


async def find(rows: Rows, account_id: UUID) -> SecondFactor | None:
    """The second factor of an account, or None."""
    row = await rows.fetchrow(_FIND, account_id)
    return None if row is None else _FACTOR.from_row(row)


async def use_step(tx: Transaction, factor: SecondFactor, step: int) -> bool:
    """Uses up the code of a time step, and with it all earlier ones; False if it was used before."""
    return bool(await tx.fetchval(_USE_STEP, factor.account_id, factor.secret, step))


async def use_recovery_code(tx: Transaction, account_id: UUID, code_hash: bytes) -> bool:
    """Uses up a recovery code; False if there is none with this hash."""
    return bool(await tx.fetchval(_USE_RECOVERY_CODE, account_id, code_hash))


async def recovery_codes_left(rows: Rows, account_id: UUID) -> int:
    """The number of recovery codes that were not used yet."""
    left: int = await rows.fetchval(_RECOVERY_CODES, account_id)
    return left


async def save(tx: Transaction, factor: SecondFactor, code_hashes: Sequence[bytes]) -> None:
    """Writes a confirmed second factor and its recovery codes in place of former ones; the enrolment is over."""
    await tx.execute(_SAVE, *_FACTOR.values(factor))
    await tx.execute(_REMOVE_RECOVERY_CODES, factor.account_id)
    await tx.execute(_ADD_RECOVERY_CODES, factor.account_id, code_hashes)
    await tx.execute(_REMOVE_ENROLMENT, factor.account_id)


async def remove(tx: Transaction, account_id: UUID) -> bool:
    """Deletes the second factor of an account, its recovery codes and its enrolment; False if it has none."""
    await tx.execute(_REMOVE_RECOVERY_CODES, account_id)
    await tx.execute(_REMOVE_ENROLMENT, account_id)
    return bool(await tx.fetchval(_REMOVE, account_id))


async def enrolment(rows: Rows, account_id: UUID) -> Enrolment | None:
    """The enrolment that an account has started, or None."""
    row = await rows.fetchrow(_FIND_ENROLMENT, account_id)
    return None if row is None else _ENROLMENT.from_row(row)


async def save_enrolment(tx: Transaction, one: Enrolment) -> None:
    """Writes an enrolment in place of an earlier one."""
    await tx.execute(_SAVE_ENROLMENT, *_ENROLMENT.values(one))
