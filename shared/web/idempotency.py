"""The same request twice has one effect and the same answer (`Idempotency-Key`, any caller-chosen string).

The answer is kept in the transaction of the work itself, as the last that it writes. A second request does the
work too. At its end, or where the work is refused by now, it finds the first one's answer, undoes its own work and
gives that one; while the first is still at work, it waits there. If the first failed, nothing is kept, and the
second's work stands.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from shared.postgres.commit_records import Answer
from shared.postgres.transaction import Rows
from shared.problems import Kind, RuleBroken

HEADER = "Idempotency-Key"
LONGEST_KEY = 200

_KNOWN = "SELECT request_hash, status, reply FROM idempotency WHERE caller = $1 AND key = $2"


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
class IdempotentRequest:
    """A request that may come again: who sent it, under which key, and what it asked for."""

    caller: str
    key: str
    request_hash: bytes

    @classmethod
    def of(cls, caller: str, key: str, *parts: bytes) -> "IdempotentRequest":
        """Built from the method, path and body of the request."""
        IdempotencyKeyTooLong.unless(len(key) <= LONGEST_KEY)
        digest = hashlib.sha256()
        for part in parts:
            digest.update(len(part).to_bytes(8, "big") + part)
        return cls(caller, key, digest.digest())

    async def earlier_answer(self, rows: Rows) -> tuple[int, bytes] | None:
        """The answer of the earlier request, where there was one; raises IdempotencyKeyReused."""
        known: Any = await rows.fetchrow(_KNOWN, self.caller, self.key)
        if known is None:
            return None
        IdempotencyKeyReused.unless(known["request_hash"] == self.request_hash)
        return known["status"], known["reply"]

    def answered(self, status: int, reply: bytes) -> Answer:
        """What is kept for whoever asks again."""
        return Answer(self.caller, self.key, self.request_hash, status, reply)
