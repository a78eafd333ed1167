"""Opens and ends sessions, one transaction each."""

import secrets
from uuid import UUID

from gateway.sessions import rules, store
from gateway.sessions.credentials import Holder
from gateway.sessions.rules import Session, SessionLifetimes
from shared.contracts.registry.events import AccountAccessChanged
from shared.ids import new_id
from shared.postgres.transaction import Transaction
from shared.problems import NotFound
from shared.security.caller import Caller

_TOKEN_BYTES = 32


def new_token() -> str:
    """Creates a session's token: 256 random bits."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


async def sign_in(
    tx: Transaction, holder: Holder, lifetimes: SessionLifetimes, address: str, client: str
) -> tuple[str, Session]:
    """Opens a session for a verified account; returns its token, which is not stored."""
    token = new_token()
    session = Session(
        session_id=new_id(),
        caller=holder.caller,
        epoch=holder.epoch,
        address=address,
        client=client[: rules.LONGEST_CLIENT],
        created_at=tx.now,
        seen_at=tx.now,
        ends_at=tx.now + lifetimes.longest,
    )
    await store.add(tx, rules.hash_of(token), session)
    tx.audit(holder.caller.account_id, "session.opened", after={"role": holder.caller.role.value})
    return token, session


async def record_use(tx: Transaction, id_hash: bytes) -> None:
    """Records that a session is used now, which extends it."""
    await store.touch(tx, id_hash, tx.now)


async def sign_out(tx: Transaction, id_hash: bytes) -> None:
    """Ends a session; an ended session stays ended."""
    account_id = await store.remove(tx, id_hash)
    if account_id is not None:
        tx.audit(account_id, "session.ended")


async def end_one(tx: Transaction, caller: Caller, session_id: UUID) -> bytes:
    """Ends one of an account's sessions; returns its hash."""
    id_hash = await store.remove_one(tx, caller.account_id, session_id)
    if id_hash is None:
        raise NotFound
    tx.audit(caller.account_id, "session.ended", after={"session_id": str(session_id)})
    return id_hash


async def end_all(tx: Transaction, caller: Caller) -> list[bytes]:
    """Ends all sessions of an account; returns their hashes."""
    hashes = await store.remove_all(tx, caller.account_id)
    tx.audit(caller.account_id, "session.all-ended", after={"count": len(hashes)})
    return hashes


async def change_access(tx: Transaction, changed: AccountAccessChanged) -> list[bytes]:
    """Ends the sessions that a changed password or a closed account invalidates; returns their hashes."""
    hashes = await store.save_access(tx, changed)
    if hashes:
        tx.audit(changed.subject_id, "session.all-ended", after={"count": len(hashes), "epoch": changed.epoch})
    return hashes
