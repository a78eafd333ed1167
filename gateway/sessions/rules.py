"""What a session is, how long it lives, and which requests a browser may send with its cookie."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from shared.security.caller import Caller

_TOKEN_BYTES = 32
# How much of a browser's User-Agent is kept.
LONGEST_CLIENT = 200
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN_PAGES = frozenset({"same-origin", "none"})
# Sent with every request of our own pages that changes something.
PAGE_HEADER = "X-Fuma-Page"
TOUCH_EVERY = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Origins:
    """The origins of our own pages: those of the settings, or else what the request's Host makes of the scheme."""

    configured: frozenset[str]
    scheme: str

    def own(self, origin: str, host: str) -> bool:
        """Whether an origin is one of ours, scheme and port included."""
        if self.configured:
            return origin in self.configured
        return origin == f"{self.scheme}://{host}"


@dataclass(frozen=True, slots=True)
class Lives:
    """How long a session lives at most, and how long without being used."""

    longest: timedelta
    idle: timedelta


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who has signed in, from where and with what; the account's epoch was this one then."""

    session_id: UUID
    caller: Caller
    epoch: int
    address: str
    client: str
    created_at: datetime
    seen_at: datetime
    ends_at: datetime


def new_token() -> str:
    """Draws a session's token: 256 bits that nobody can guess."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def hash_of(token: str) -> bytes:
    """What is kept instead of a token; tokens are random, so that a plain hash cannot be tried out."""
    return hashlib.sha256(token.encode()).digest()


def is_alive(session: Session, lives: Lives, now: datetime) -> bool:
    """Whether neither its end nor its longest rest has been passed."""
    return now < session.ends_at and now - session.seen_at < lives.idle


def sent_by_own_page(headers: Mapping[str, str], origins: Origins) -> bool:
    """Whether one of our own pages sent the request, as far as a browser says; other clients say nothing.

    A page of a neighbouring host or port is another site here, although SameSite cookies go with it.
    """
    fetched_from = headers.get("Sec-Fetch-Site")
    if fetched_from is not None and fetched_from not in _OWN_PAGES:
        return False
    origin = headers.get("Origin")
    return origin is None or origins.own(origin, headers.get("Host", ""))


def carries_page_header(headers: Mapping[str, str]) -> bool:
    """Whether the request bears the header that only a page of our own origin can add.

    No form can, and a script of another origin only after a preflight that nobody answers here.
    """
    return PAGE_HEADER in headers


def changes_something(method: str) -> bool:
    """Whether a request of this method may have an effect."""
    return method not in _SAFE
