"""Encrypts personal identifiers at rest; a keyed hash beside them allows search and uniqueness."""

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class Cipher:
    """Encrypts with AES-256-GCM; the key's id precedes each value, so that keys can be rotated."""

    current: str
    keys: dict[str, bytes]
    index_key: bytes

    @classmethod
    def from_file(cls, path: Path) -> "Cipher":
        """Reads `{"current": id, "keys": {id: base64}, "index_key": base64}`."""
        stored = json.loads(path.read_text("utf-8"))
        keys = {name: base64.b64decode(key) for name, key in stored["keys"].items()}
        return cls(stored["current"], keys, base64.b64decode(stored["index_key"]))

    def encrypt(self, text: str) -> bytes:
        """Returns the key id, a colon, the nonce and the ciphertext."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = AESGCM(self.keys[self.current]).encrypt(nonce, text.encode(), self.current.encode())
        return self.current.encode() + b":" + nonce + sealed

    def decrypt(self, value: bytes) -> str:
        """Returns the text; raises cryptography's InvalidTag for an altered value."""
        name, _, sealed = value.partition(b":")
        key = AESGCM(self.keys[name.decode()])
        return key.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], name).decode()

    def index(self, text: str) -> bytes:
        """Returns a keyed hash: equal for equal texts, and useless for guessing without the key."""
        return hmac.new(self.index_key, text.encode(), hashlib.sha256).digest()
