"""Keys and passwords: made once, readable to their owner alone, and each process sees only its own."""

import base64
import json
import stat
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from deploy.keys import Passwords, make_keys, secrets_folder
from deploy.settings_table import PROCESSES, SECRETS_OF


def mode(path: Path) -> int:
    """A file's permissions."""
    return stat.S_IMODE(path.stat().st_mode)


def test_keys_are_private_and_stay_what_they_are(tmp_path: Path) -> None:
    make_keys(tmp_path / "secrets")
    first = {path.name: path.read_bytes() for path in (tmp_path / "secrets").iterdir()}
    make_keys(tmp_path / "secrets")
    assert {path.name: path.read_bytes() for path in (tmp_path / "secrets").iterdir()} == first
    assert mode(tmp_path / "secrets") == 0o700
    assert all(mode(path) == 0o600 for path in (tmp_path / "secrets").iterdir())


def test_a_signature_of_the_private_key_is_good_for_the_public_key(tmp_path: Path) -> None:
    make_keys(tmp_path)
    for pair in ("token", "receipt"):
        private = load_pem_private_key((tmp_path / f"{pair}.private.pem").read_bytes(), None)
        public = load_pem_public_key((tmp_path / f"{pair}.public.pem").read_bytes())
        assert isinstance(private, Ed25519PrivateKey)
        assert isinstance(public, Ed25519PublicKey)
        public.verify(private.sign(b"fuma"), b"fuma")


def test_symmetric_keys_have_32_bytes(tmp_path: Path) -> None:
    make_keys(tmp_path)
    keys = json.loads((tmp_path / "identifiers.json").read_text())
    texts = [keys["keys"][keys["current"]], keys["index_key"], (tmp_path / "letters.key").read_text()]
    assert [len(base64.b64decode(text)) for text in texts] == [32, 32, 32]


def test_each_process_sees_only_its_own_secrets(tmp_path: Path) -> None:
    make_keys(tmp_path)
    for process in PROCESSES:
        seen = {path.name for path in secrets_folder(tmp_path, process).iterdir() if path.read_bytes()}
        assert seen == set(SECRETS_OF[process])
    holders = {process for process in PROCESSES if "token.private.pem" in SECRETS_OF[process]}
    assert holders == {"gateway"}


def test_passwords_are_made_once_and_differ(tmp_path: Path) -> None:
    first = Passwords(tmp_path).for_all(["a", "b"])
    assert first["a"] != first["b"]
    assert Passwords(tmp_path).for_all(["a", "b"]) == first
    assert mode(tmp_path / "passwords.json") == 0o600
