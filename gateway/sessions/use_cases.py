"""Signing in and out, one transaction each."""

from gateway.sessions import rules, store
from gateway.sessions.rules import Lives, Session
from shared.postgres.transaction import Transaction
from shared.security.caller import Caller


async def sign_in(tx: Transaction, caller: Caller, lives: Lives) -> tuple[str, Session]:
    """Opens a session for an account whose password was right; gives its id, which is kept nowhere."""
    session_id = rules.new_session_id()
    session = Session(caller, tx.now, tx.now + lives.longest)
    await store.add(tx, rules.hash_of(session_id), session)
    tx.audit(caller.account_id, "signed-in", after={"role": caller.role.value})
    return session_id, session


async def sign_out(tx: Transaction, id_hash: bytes) -> None:
    """Ends a session; one that has ended already stays so."""
    ended = await store.remove(tx, id_hash)
    if ended is not None:
        tx.audit(ended.caller.account_id, "signed-out")
