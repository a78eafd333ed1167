"""Personal identifiers at rest: encrypted, with a keyed hash beside them for search and uniqueness."""

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
    """AES-256-GCM with the key's id in front of each value, so that keys can be changed one by one."""

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
        """`key id`, a colon, nonce, ciphertext."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = AESGCM(self.keys[self.current]).encrypt(nonce, text.encode(), self.current.encode())
        return self.current.encode() + b":" + nonce + sealed

    def decrypt(self, value: bytes) -> str:
        """The text again; raises cryptography's InvalidTag where it was altered."""
        name, _, sealed = value.partition(b":")
        key = AESGCM(self.keys[name.decode()])
        return key.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], name).decode()

    def index(self, text: str) -> bytes:
        """A keyed hash: equal texts have equal ones, and nobody without the key can try numbers out."""
        return hmac.new(self.index_key, text.encode(), hashlib.sha256).digest()
