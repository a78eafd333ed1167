"""The same request twice has one effect and the same answer (`Idempotency-Key`, any caller-chosen string).

The key is claimed in the transaction of the work itself: a second request with it waits until the first has
committed and then gets the first one's answer; if the first failed, it does the work.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from shared.postgres.transaction import Transaction
from shared.problems import Kind, RuleBroken

HEADER = "Idempotency-Key"
LONGEST_KEY = 200

_CLAIM = """
INSERT INTO idempotency (caller, key, request_hash) VALUES ($1, $2, $3)
ON CONFLICT (caller, key) DO NOTHING RETURNING 1
"""
_KNOWN = "SELECT request_hash, status, reply FROM idempotency WHERE caller = $1 AND key = $2"
_KEEP = "UPDATE idempotency SET status = $3, reply = $4 WHERE caller = $1 AND key = $2"


class IdempotencyKeyReused(RuleBroken):
    """A key that has been used for one request comes with another."""

    code = "idempotency-key-reused"
    kind = Kind.INVALID
    zh = "同一幂等键已用于另一个请求。"
    en = "This idempotency key has been used for another request."
    next_zh = "请为新的请求使用新的键。"
    next_en = "Use a new key for a new request."


class IdempotencyKeyTooLong(RuleBroken):
    """A key is longer than can be kept."""

    code = "idempotency-key-too-long"
    kind = Kind.INVALID
    zh = "幂等键过长（最多 200 个字符）。"
    en = "The idempotency key is too long (200 characters at most)."


@dataclass(frozen=True, slots=True)
class Repeatable:
    """A request that may come again: who sent it, under which key, and what it asked for."""

    caller: str
    key: str
    request_hash: bytes

    @classmethod
    def of(cls, caller: str, key: str, *parts: bytes) -> "Repeatable":
        """Built from the method, path and body of the request."""
        IdempotencyKeyTooLong.unless(len(key) <= LONGEST_KEY)
        digest = hashlib.sha256()
        for part in parts:
            digest.update(len(part).to_bytes(8, "big") + part)
        return cls(caller, key, digest.digest())

    async def earlier_answer(self, tx: Transaction) -> tuple[int, bytes] | None:
        """Claims the key; gives the answer of the earlier request where there was one."""
        if await tx.fetchval(_CLAIM, self.caller, self.key, self.request_hash):
            return None
        known: Any = await tx.fetchrow(_KNOWN, self.caller, self.key)
        IdempotencyKeyReused.unless(known["request_hash"] == self.request_hash)
        return known["status"], known["reply"]

    async def keep(self, tx: Transaction, status: int, reply: bytes) -> None:
        """Keeps the answer for whoever asks again."""
        await tx.execute(_KEEP, self.caller, self.key, status, reply)
