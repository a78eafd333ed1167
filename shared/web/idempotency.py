"""The same request twice has one effect and the same answer (`Idempotency-Key`, any caller-chosen string).

The answer is kept in the transaction of the work itself, as the last that it writes. A second request does the
work too. At its end, or where the work is refused by now, it finds the first one's answer, undoes its own work and
gives that one; while the first is still at work, it waits there. If the first failed, nothing is kept, and the
second's work stands.

A kept answer belongs to the account that got it. Without an account it belongs to whoever can send the very same
request, whose keyed digest is then part of the name under which the answer is kept. Requests are known by that
digest alone and answers are kept encrypted, since both may hold passwords and personal data. Reads keep nothing.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shared.postgres.commit_records import Answer
from shared.postgres.transaction import Rows
from shared.problems import Kind, RuleBroken

HEADER = "Idempotency-Key"
LONGEST_KEY = 200
_NONCE_BYTES = 12
_SEALED = b"\x01"

_KNOWN = "SELECT request_hash, status, reply FROM idempotency WHERE caller = $1 AND key = $2"


class IdempotencyKeyReused(RuleBroken):
    """A key that has been used for one request comes with another."""

    code = "idempotency-key-reused"
    kind = Kind.INVALID
    zh = "同一幂等键已用于另一个请求。"
    en = "This idempotency key has been used for another request."
    next_zh = "请为新的请求使用新的键。"
    next_en = "Use a new key for a new request."


class IdempotencyKeyInvalid(RuleBroken):
    """A key is empty, or longer than can be kept."""

    code = "idempotency-key-invalid"
    kind = Kind.INVALID
    zh = "幂等键应为 1 至 200 个字符。"
    en = "An idempotency key has 1 to 200 characters."


class AnswerKey:
    """A service's secret for kept answers: it makes the digests of requests and encrypts the answers."""

    def __init__(self, secret: bytes, service: str) -> None:
        self._digest_key = _derived(secret, f"fuma {service} request digest")
        self._cipher = AESGCM(_derived(secret, f"fuma {service} kept answer"))

    @classmethod
    def from_file(cls, path: Path, service: str) -> "AnswerKey":
        """Reads 32 bytes in base64."""
        return cls(base64.b64decode(path.read_text("ascii")), service)

    def digest(self, *parts: bytes) -> bytes:
        """A keyed digest: nobody without the key can try out what a request said."""
        framed = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
        return hmac.digest(self._digest_key, framed, hashlib.sha256)

    def seal(self, answer: bytes, request_digest: bytes) -> bytes:
        """The answer, encrypted with AES-256-GCM and bound to its request: a version byte, nonce, ciphertext."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return _SEALED + nonce + self._cipher.encrypt(nonce, answer, request_digest)

    def open(self, sealed: bytes, request_digest: bytes) -> bytes:
        """The answer again; raises cryptography's InvalidTag where it was altered or is another request's."""
        start = len(_SEALED)
        nonce, answer = sealed[start : start + _NONCE_BYTES], sealed[start + _NONCE_BYTES :]
        return self._cipher.decrypt(nonce, answer, request_digest)


def _derived(secret: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), length=32, salt=None, info=purpose.encode()).derive(secret)


@dataclass(frozen=True, slots=True)
class IdempotentRequest:
    """A request that may come again: whose it is, under which key, and what it asked for."""

    answer_key: AnswerKey
    caller: str
    key: str
    request_digest: bytes

    @classmethod
    def of(cls, answer_key: AnswerKey, account_id: UUID | None, key: str, *parts: bytes) -> "IdempotentRequest":
        """Built from the method, path and body of the request; raises IdempotencyKeyInvalid."""
        IdempotencyKeyInvalid.unless(1 <= len(key) <= LONGEST_KEY)
        digest = answer_key.digest(*parts)
        caller = str(account_id) if account_id else f"anonymous {digest.hex()}"
        return cls(answer_key, caller, key, digest)

    async def earlier_answer(self, rows: Rows) -> tuple[int, bytes] | None:
        """Status and body of the earlier answer, where there was one; raises IdempotencyKeyReused."""
        known: Any = await rows.fetchrow(_KNOWN, self.caller, self.key)
        if known is None:
            return None
        IdempotencyKeyReused.unless(hmac.compare_digest(known["request_hash"], self.request_digest))
        return known["status"], self.answer_key.open(known["reply"], self.request_digest)

    def answered(self, status: int, reply: bytes) -> Answer:
        """What is kept for whoever asks again."""
        sealed = self.answer_key.seal(reply, self.request_digest)
        return Answer(self.caller, self.key, self.request_digest, status, sealed)
