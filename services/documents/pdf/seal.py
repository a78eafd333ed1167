"""The seal of a letter: the text in its QR code, which nobody without the platform's key can make."""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass

PREFIX = "FUMA1"
MAC_BYTES = 15
_NUMBER = re.compile(r"[0-9A-Z](?:[0-9A-Z-]{0,30}[0-9A-Z])?")
_SEALED = re.compile(
    rf"{PREFIX}:(?P<number>{_NUMBER.pattern}):(?P<version>[1-9][0-9]{{0,5}}):(?P<mac>[A-Z2-7]{{24}})"
)


@dataclass(frozen=True, slots=True)
class Seal:
    """The letter and version that the platform itself sealed."""

    number: str
    version: int


@dataclass(frozen=True, slots=True)
class Forged:
    """A code that bears the platform's mark and was not sealed by it; number and version as claimed, if any."""

    number: str | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True)
class NotOurs:
    """A code of somebody else, such as a payment code on the same page."""


def seal(key: bytes, number: str, version: int) -> str:
    """The text of a letter's QR code: mark, letter number, version and their keyed code (120 bits).

    Only characters of the QR code's alphanumeric mode are used, so that its modules stay large on paper.
    Raises ValueError for a number or version that no letter bears.
    """
    if not _NUMBER.fullmatch(number) or not 1 <= version <= 999_999:  # noqa: PLR2004 - six digits, as in _SEALED
        raise ValueError(f"not a letter number and version: {number!r}, {version!r}")
    body = f"{PREFIX}:{number}:{version}"
    return f"{body}:{_mac(key, body)}"


def open_seal(key: bytes, text: str) -> Seal | Forged | NotOurs:
    """Which letter the text of a QR code stands for, and whether the platform sealed it."""
    if not bears_our_mark(text):
        return NotOurs()
    parts = _SEALED.fullmatch(text)
    if parts is None:
        return Forged()
    number, version = parts["number"], int(parts["version"])
    if hmac.compare_digest(_mac(key, f"{PREFIX}:{number}:{version}"), parts["mac"]):
        return Seal(number, version)
    return Forged(number, version)


def bears_our_mark(text: str) -> bool:
    """Whether the text claims to be one of the platform's seals, true or forged."""
    return text.startswith(f"{PREFIX}:")


def _mac(key: bytes, body: str) -> str:
    if len(key) < hashlib.sha256().digest_size:
        raise ValueError("the sealing key must have at least 32 bytes")
    digest = hmac.new(key, body.encode("ascii"), hashlib.sha256).digest()
    return base64.b32encode(digest[:MAC_BYTES]).decode("ascii")
