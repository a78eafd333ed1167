"""The SQL of sessions."""

from datetime import datetime
from uuid import UUID

from gateway.sessions.rules import Session
from shared.contracts.registry.events import AccountAccessChanged
from shared.postgres.row_mapper import RowMapper, model
from shared.postgres.transaction import Rows, Transaction
from shared.security.caller import Caller

_SESSION = RowMapper(
    Session,
    {
        "session_id": "uuid",
        "caller": model(Caller),
        "epoch": "bigint",
        "address": "text",
        "client": "text",
        "created_at": "timestamptz",
        "seen_at": "timestamptz",
        "ends_at": "timestamptz",
    },
)
_ADD = f"""
INSERT INTO session ({_SESSION.columns}, id_hash) VALUES ({_SESSION.parameters}, {_SESSION.parameter(1)})
"""
# A later event of the registry overrides its answer at the sign-in.
_OPEN = """
SELECT session.session_id, caller || jsonb_strip_nulls(jsonb_build_object('reviewed', access.reviewed)) AS caller,
       session.epoch, address, client, created_at, seen_at, ends_at
FROM session LEFT JOIN account_access AS access USING (account_id)
WHERE NOT coalesce(access.closed, false) AND session.epoch >= coalesce(access.epoch, 0)
"""
_FIND = f"{_OPEN} AND id_hash = $1"
_OF_ACCOUNT = f"{_OPEN} AND account_id = $1 AND ends_at > $2 ORDER BY session_id"
_TOUCH = "UPDATE session SET seen_at = $2 WHERE id_hash = $1 AND seen_at < $2"
_REMOVE = "DELETE FROM session WHERE id_hash = $1 RETURNING account_id"
_REMOVE_ONE = "DELETE FROM session WHERE account_id = $1 AND session_id = $2 RETURNING id_hash"
_REMOVE_ALL = "DELETE FROM session WHERE account_id = $1 RETURNING id_hash"
_SAVE_ACCESS = """
INSERT INTO account_access AS kept (account_id, version, epoch, closed, reviewed) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (account_id) DO UPDATE SET
    version = excluded.version, epoch = excluded.epoch, closed = excluded.closed, reviewed = excluded.reviewed
WHERE kept.version < excluded.version
"""
_ENDED = """
DELETE FROM session USING account_access AS access
WHERE session.account_id = $1 AND access.account_id = $1 AND (access.closed OR session.epoch < access.epoch)
RETURNING id_hash
"""
_FORGET = """
DELETE FROM session WHERE ctid IN (
    SELECT ctid FROM session WHERE ends_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED
)
"""


async def add(tx: Transaction, id_hash: bytes, session: Session) -> None:
    """Inserts a session."""
    await tx.execute(_ADD, *_SESSION.values(session), id_hash)


async def find(rows: Rows, id_hash: bytes) -> Session | None:
    """Returns the session of this hash, unless its account was closed or changed its password since."""
    row = await rows.fetchrow(_FIND, id_hash)
    return None if row is None else _SESSION.from_row(row)


async def of_account(rows: Rows, account_id: UUID, now: datetime) -> list[Session]:
    """Returns the open sessions of an account."""
    return [_SESSION.from_row(row) for row in await rows.fetch(_OF_ACCOUNT, account_id, now)]


async def touch(tx: Transaction, id_hash: bytes, now: datetime) -> None:
    """Records the use of a session."""
    await tx.execute(_TOUCH, id_hash, now)


async def remove(tx: Transaction, id_hash: bytes) -> UUID | None:
    """Deletes a session; returns its account."""
    account_id: UUID | None = await tx.fetchval(_REMOVE, id_hash)
    return account_id


async def remove_one(tx: Transaction, account_id: UUID, session_id: UUID) -> bytes | None:
    """Deletes one session of an account; returns its hash."""
    id_hash: bytes | None = await tx.fetchval(_REMOVE_ONE, account_id, session_id)
    return id_hash


async def remove_all(tx: Transaction, account_id: UUID) -> list[bytes]:
    """Deletes all sessions of an account; returns their hashes."""
    return [row["id_hash"] for row in await tx.fetch(_REMOVE_ALL, account_id)]


async def save_access(tx: Transaction, changed: AccountAccessChanged) -> list[bytes]:
    """Saves an account's access unless a newer version is known; returns the hashes of sessions that it ends."""
    access = (changed.subject_id, changed.subject_version, changed.epoch, changed.closed, changed.reviewed)
    await tx.execute(_SAVE_ACCESS, *access)
    return [row["id_hash"] for row in await tx.fetch(_ENDED, changed.subject_id)]


async def forget(tx: Transaction, before: datetime, at_most: int) -> int:
    """Deletes a slice of sessions that ended before a time; returns their number."""
    tag = await tx.execute(_FORGET, before, at_most)
    return int(tag.rsplit(" ", 1)[-1])
