"""Idempotency: a repeated request has one effect and one answer (`Idempotency-Key`, any string of the caller).

The answer is stored in the transaction of the work itself, as its last write. A repeated request also does the
work. At its end, or when the work is refused, it finds the first request's answer, rolls its own work back and
returns that answer; while the first is still running, it waits. If the first failed, nothing is stored, and the
second's work is committed.

A stored answer belongs to the account that got it. Without an account it belongs to a caller who can send the same
request: the request's keyed digest is then part of the name of the stored answer. Only that digest of a request is
stored, and answers are encrypted, since both may contain passwords and personal data. Answers to reads are not
stored.
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
from shared.web.problems import IdempotencyKeyInvalid, IdempotencyKeyReused

HEADER = "Idempotency-Key"
LONGEST_KEY = 200
_NONCE_BYTES = 12
_SEALED = b"\x01"

_KNOWN = "SELECT request_hash, status, reply FROM idempotency WHERE caller = $1 AND key = $2"


class AnswerKey:
    """A service's secret for stored answers: it computes the digests of requests and encrypts the answers."""

    def __init__(self, secret: bytes, service: str) -> None:
        self._digest_key = _derived(secret, f"fuma {service} request digest")
        self._cipher = AESGCM(_derived(secret, f"fuma {service} kept answer"))

    @classmethod
    def from_file(cls, path: Path, service: str) -> "AnswerKey":
        """Reads 32 bytes in base64."""
        return cls(base64.b64decode(path.read_text("ascii")), service)

    def digest(self, *parts: bytes) -> bytes:
        """Computes a keyed digest, which cannot be guessed without the key."""
        framed = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
        return hmac.digest(self._digest_key, framed, hashlib.sha256)

    def seal(self, answer: bytes, request_digest: bytes) -> bytes:
        """Encrypts an answer with AES-256-GCM, bound to its request: a version byte, nonce, ciphertext."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return _SEALED + nonce + self._cipher.encrypt(nonce, answer, request_digest)

    def open(self, sealed: bytes, request_digest: bytes) -> bytes:
        """Decrypts an answer; raises cryptography's InvalidTag if it was altered or is another request's."""
        start = len(_SEALED)
        nonce, answer = sealed[start : start + _NONCE_BYTES], sealed[start + _NONCE_BYTES :]
        return self._cipher.decrypt(nonce, answer, request_digest)


def _derived(secret: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), length=32, salt=None, info=purpose.encode()).derive(secret)


@dataclass(frozen=True, slots=True)
class IdempotentRequest:
    """A request that may be repeated: its owner, its key and its digest."""

    answer_key: AnswerKey
    caller: str
    key: str
    request_digest: bytes

    @classmethod
    def of(cls, answer_key: AnswerKey, account_id: UUID | None, key: str, *parts: bytes) -> "IdempotentRequest":
        """Builds it from the method, path and body of a request; raises IdempotencyKeyInvalid."""
        IdempotencyKeyInvalid.unless(1 <= len(key) <= LONGEST_KEY)
        digest = answer_key.digest(*parts)
        caller = str(account_id) if account_id else f"anonymous {digest.hex()}"
        return cls(answer_key, caller, key, digest)

    async def earlier_answer(self, rows: Rows) -> tuple[int, bytes] | None:
        """Returns status and body of the earlier answer, or None; raises IdempotencyKeyReused."""
        known: Any = await rows.fetchrow(_KNOWN, self.caller, self.key)
        if known is None:
            return None
        IdempotencyKeyReused.unless(hmac.compare_digest(known["request_hash"], self.request_digest))
        return known["status"], self.answer_key.open(known["reply"], self.request_digest)

    def answered(self, status: int, reply: bytes) -> Answer:
        """Builds the answer to store."""
        sealed = self.answer_key.seal(reply, self.request_digest)
        return Answer(self.caller, self.key, self.request_digest, status, sealed)
