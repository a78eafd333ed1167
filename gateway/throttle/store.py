"""The SQL of the throttle. It uses the database's clock, read after the row is locked."""

from datetime import datetime
from typing import Any

from gateway.throttle.rules import Budget
from shared.postgres.transaction import Rows, Transaction

_REFILLED = "extract(epoch FROM clock_timestamp() - spent.counted_at) / $4::float8"
_LEFT = f"least($3::float8, spent.left_over + {_REFILLED})"
_TAKE = f"""
INSERT INTO spent_budget AS spent (budget, key, left_over, counted_at)
VALUES ($1, $2, $3::float8 - 1, clock_timestamp())
ON CONFLICT (budget, key) DO UPDATE SET left_over = {_LEFT} - 1, counted_at = clock_timestamp()
WHERE {_LEFT} >= 1
RETURNING true
"""
_WAIT = f"SELECT (1 - {_LEFT}) * $4::float8 FROM spent_budget AS spent WHERE budget = $1 AND key = $2"
_GIVE_BACK = f"""
UPDATE spent_budget AS spent SET left_over = least($3::float8, {_LEFT} + 1), counted_at = clock_timestamp()
WHERE budget = $1 AND key = $2
"""
_CLEAR = "DELETE FROM spent_budget WHERE budget = $1 AND key = $2"
_KNOWN = "SELECT EXISTS (SELECT FROM known_sign_in WHERE account_key = $1 AND address_key = $2)"
_REMEMBER = """
INSERT INTO known_sign_in (account_key, address_key, last_at) VALUES ($1, $2, $3)
ON CONFLICT (account_key, address_key) DO UPDATE SET last_at = excluded.last_at
"""
_FORGET_SPENT = """
DELETE FROM spent_budget WHERE ctid IN (
    SELECT ctid FROM spent_budget WHERE counted_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED
)
"""
_FORGET_KNOWN = """
DELETE FROM known_sign_in WHERE ctid IN (
    SELECT ctid FROM known_sign_in WHERE last_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED
)
"""


async def take(tx: Transaction, budget: Budget, key: bytes) -> bool:
    """Takes one from a budget; returns false if it is empty."""
    return bool(await tx.fetchval(_TAKE, *_of(budget, key)))


async def wait_seconds(rows: Rows, budget: Budget, key: bytes) -> float:
    """Returns the seconds until the budget has one again."""
    wait: float | None = await rows.fetchval(_WAIT, *_of(budget, key))
    return max(wait or 0.0, 0.0)


async def give_back(tx: Transaction, budget: Budget, key: bytes) -> None:
    """Returns one to a budget."""
    await tx.execute(_GIVE_BACK, *_of(budget, key))


async def clear(tx: Transaction, budget: Budget, key: bytes) -> None:
    """Refills a budget."""
    await tx.execute(_CLEAR, budget.name, key)


async def is_known(rows: Rows, account_key: bytes, address_key: bytes) -> bool:
    """Whether somebody has signed in to the account from the address before."""
    return bool(await rows.fetchval(_KNOWN, account_key, address_key))


async def remember(tx: Transaction, account_key: bytes, address_key: bytes) -> None:
    """Records a sign-in to the account from the address."""
    await tx.execute(_REMEMBER, account_key, address_key, tx.now)


async def forget_spent(tx: Transaction, before: datetime, at_most: int) -> int:
    """Deletes a slice of budgets that have been full for long; returns their number."""
    return _count(await tx.execute(_FORGET_SPENT, before, at_most))


async def forget_known(tx: Transaction, before: datetime, at_most: int) -> int:
    """Deletes a slice of addresses without a recent sign-in; returns their number."""
    return _count(await tx.execute(_FORGET_KNOWN, before, at_most))


def _of(budget: Budget, key: bytes) -> tuple[Any, ...]:
    return budget.name, key, budget.burst, budget.refill_seconds


def _count(tag: str) -> int:
    return int(tag.rsplit(" ", 1)[-1])
