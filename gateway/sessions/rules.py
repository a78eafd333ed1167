"""What a session is, how long it lives, and which requests a browser may send with its cookie."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from shared.security.caller import Caller

_ID_BYTES = 32
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN_PAGES = frozenset({"same-origin", "none"})
TOUCH_EVERY = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Lives:
    """How long a session lives at most, and how long without being used."""

    longest: timedelta
    idle: timedelta


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who has signed in."""

    caller: Caller
    seen_at: datetime
    ends_at: datetime


def new_session_id() -> str:
    """256 bits that nobody can guess."""
    return secrets.token_urlsafe(_ID_BYTES)


def hash_of(session_id: str) -> bytes:
    """What is kept instead of the id; ids are random, so that a plain hash cannot be tried out."""
    return hashlib.sha256(session_id.encode()).digest()


def is_alive(session: Session, lives: Lives, now: datetime) -> bool:
    """Whether neither its end nor its longest rest has been passed."""
    return now < session.ends_at and now - session.seen_at < lives.idle


def sent_by_own_page(headers: Mapping[str, str]) -> bool:
    """Whether a browser says that one of our own pages sent the request; other clients say nothing.

    A page of a neighbouring host or port is another site here, although SameSite cookies go with it.
    """
    fetched_from = headers.get("Sec-Fetch-Site")
    if fetched_from is not None:
        return fetched_from in _OWN_PAGES
    origin = headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == headers.get("Host", "")


def changes_something(method: str) -> bool:
    """Whether a request of this method may have an effect."""
    return method not in _SAFE
