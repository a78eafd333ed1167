"""Keys and passwords, made once and kept in a folder that only its owner may enter."""

import base64
import json
import os
import secrets
from collections.abc import Callable, Iterable
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from deploy.settings_table import FIRST_ACCOUNTS, SECRETS_OF

KEY_BYTES = 32
PASSWORDS = "passwords.json"
# A container's account is not the owner's: it gets single files of the folder, mounted one by one.
READABLE_IN_CONTAINERS, PRIVATE = 0o444, 0o600


def make_keys(folder: Path, *, mode: int = PRIVATE) -> None:
    """Makes the keys that are missing; those that exist are never changed."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    for pair in ("token", "receipt", "certificate"):
        if not (folder / f"{pair}.private.pem").exists():
            _make_pair(folder, pair, mode)
    makers: dict[str, Callable[[], str]] = {
        "identifiers.json": _identifier_keys,
        "letters.key": _key,
        "answers.key": _key,
    }
    for name, make in makers.items():
        if not (folder / name).exists():
            write_secret(folder / name, make(), mode)


def secrets_folder(folder: Path, process: str) -> Path:
    """The folder with the secrets of one process alone, as a container would see it."""
    own = folder / "of" / process
    own.mkdir(parents=True, exist_ok=True)
    for name in SECRETS_OF[process]:
        link = own / name
        if not link.is_symlink():
            link.symlink_to(folder / name)
    return own


class Passwords:
    """The passwords of database roles, message users and first accounts, each made on first use."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / PASSWORDS
        self._known: dict[str, str] = json.loads(self._path.read_text()) if self._path.exists() else {}

    def of(self, name: str) -> str:
        """The password of one role, user or account."""
        return self.for_all([name])[name]

    def for_all(self, names: Iterable[str]) -> dict[str, str]:
        """The passwords of several, written once."""
        wanted = list(names)
        missing = [name for name in wanted if name not in self._known]
        if missing:
            self._known |= {name: secrets.token_urlsafe(24) for name in missing}
            write_secret(self._path, json.dumps(self._known, indent=2), PRIVATE)
        return {name: self._known[name] for name in wanted}


def bootstrap_passwords(passwords: Passwords) -> dict[str, str]:
    """The passwords of the nation's first accounts, as registry's bootstrap reads them."""
    return {f"FUMA_BOOTSTRAP_{name.upper()}_PASSWORD": first_password(passwords, name) for name in FIRST_ACCOUNTS}


def first_password(passwords: Passwords, name: str) -> str:
    """The password of one of the nation's first accounts."""
    return passwords.of(f"account:nation.{name}")


def write_secret(path: Path, content: str, mode: int = PRIVATE) -> None:
    """Writes a file that is never readable to others, not even for a moment, and never half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half_written = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(half_written, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content)
    half_written.chmod(mode)
    half_written.replace(path)


def _make_pair(folder: Path, name: str, mode: int) -> None:
    private = Ed25519PrivateKey.generate()
    pem = serialization.Encoding.PEM
    public_text = private.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo)
    private_text = private.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    write_secret(folder / f"{name}.public.pem", public_text.decode(), mode)
    write_secret(folder / f"{name}.private.pem", private_text.decode(), mode)


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def _identifier_keys() -> str:
    return json.dumps({"current": "k1", "keys": {"k1": _key()}, "index_key": _key()})
