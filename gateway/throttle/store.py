"""Every SQL statement of the throttle."""

from datetime import datetime

from gateway.throttle.rules import Attempts
from shared.postgres.transaction import Transaction

_LOCK = """
INSERT INTO attempts AS kept (of, key, last_at, free_again) VALUES ($1, $2, $3, $3)
ON CONFLICT (of, key) DO UPDATE SET failures = kept.failures
RETURNING failures, last_at, free_again
"""
_SAVE = "UPDATE attempts SET failures = $3, last_at = $4, free_again = $5 WHERE of = $1 AND key = $2"
_REMOVE = "DELETE FROM attempts WHERE of = $1 AND key = $2"
_FORGET = """
DELETE FROM attempts WHERE ctid IN (
    SELECT ctid FROM attempts WHERE last_at < $1 AND free_again < $1 LIMIT $2 FOR UPDATE SKIP LOCKED
)
"""


async def lock(tx: Transaction, of: str, key: bytes) -> Attempts:
    """The attempts of a name or an address, so that nobody else counts at the same time."""
    return Attempts(**await tx.fetchrow(_LOCK, of, key, tx.now))


async def save(tx: Transaction, of: str, key: bytes, attempts: Attempts) -> None:
    """Keeps the new count; nothing is kept of who has no failed attempt."""
    if attempts.failures:
        await tx.execute(_SAVE, of, key, attempts.failures, attempts.last_at, attempts.free_again)
    else:
        await tx.execute(_REMOVE, of, key)


async def forget(tx: Transaction, before: datetime, at_most: int) -> int:
    """Removes a slice of attempts that count no more; tells how many."""
    tag = await tx.execute(_FORGET, before, at_most)
    return int(tag.rsplit(" ", 1)[-1])
