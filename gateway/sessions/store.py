"""Every SQL statement about sessions."""

from datetime import datetime

from gateway.sessions.rules import Session
from shared.postgres.transaction import Rows, Transaction
from shared.security.caller import Caller

_ADD = "INSERT INTO session (id_hash, caller, created_at, seen_at, ends_at) VALUES ($1, $2, $3, $3, $4)"
_FIND = "SELECT caller, seen_at, ends_at FROM session WHERE id_hash = $1"
_TOUCH = "UPDATE session SET seen_at = $2 WHERE id_hash = $1 AND seen_at < $2"
_REMOVE = "DELETE FROM session WHERE id_hash = $1 RETURNING caller, seen_at, ends_at"
_FORGET = """
DELETE FROM session WHERE ctid IN (
    SELECT ctid FROM session WHERE ends_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED
)
"""


async def add(tx: Transaction, id_hash: bytes, session: Session) -> None:
    """Keeps a session."""
    caller = session.caller.model_dump(mode="json")
    await tx.execute(_ADD, id_hash, caller, session.seen_at, session.ends_at)


async def find(rows: Rows, id_hash: bytes) -> Session | None:
    """The session of this hash, alive or not."""
    return _session(await rows.fetchrow(_FIND, id_hash))


async def touch(tx: Transaction, id_hash: bytes, now: datetime) -> None:
    """Notes that the session is being used."""
    await tx.execute(_TOUCH, id_hash, now)


async def remove(tx: Transaction, id_hash: bytes) -> Session | None:
    """Ends a session; gives the one that it was."""
    return _session(await tx.fetchrow(_REMOVE, id_hash))


async def forget(tx: Transaction, before: datetime, at_most: int) -> int:
    """Removes a slice of sessions that ended before a time; tells how many."""
    tag = await tx.execute(_FORGET, before, at_most)
    return int(tag.rsplit(" ", 1)[-1])


def _session(row: dict[str, object] | None) -> Session | None:
    if row is None:
        return None
    return Session(Caller.model_validate(row["caller"]), row["seen_at"], row["ends_at"])  # type: ignore[arg-type]
