"""Rules of sessions: their lifetime, and which requests a browser may send with the cookie."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from shared.security.caller import Caller

# The stored length of a browser's User-Agent.
LONGEST_CLIENT = 200
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN_PAGES = frozenset({"same-origin", "none"})
# Sent with every request of our own pages that changes something.
PAGE_HEADER = "X-Fuma-Page"
TOUCH_EVERY = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Origins:
    """Our own origins: those of the settings, or else the request's Host with the scheme."""

    configured: frozenset[str]
    scheme: str

    def own(self, origin: str, host: str) -> bool:
        """Whether an origin is one of ours, including scheme and port."""
        if self.configured:
            return origin in self.configured
        return origin == f"{self.scheme}://{host}"


@dataclass(frozen=True, slots=True)
class SessionLifetimes:
    """The maximum lifetime of a session, and the maximum time without use."""

    longest: timedelta
    idle: timedelta


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in session, with its address and program, and the account's epoch at the sign-in."""

    session_id: UUID
    caller: Caller
    epoch: int
    address: str
    client: str
    created_at: datetime
    seen_at: datetime
    ends_at: datetime


def hash_of(token: str) -> bytes:
    """Hashes a token for storage; a plain hash is enough, since tokens are random."""
    return hashlib.sha256(token.encode()).digest()


def is_alive(session: Session, lifetimes: SessionLifetimes, now: datetime) -> bool:
    """Whether a session has reached neither its end nor its maximum time without use."""
    return now < session.ends_at and now - session.seen_at < lifetimes.idle


def sent_by_own_page(headers: Mapping[str, str], origins: Origins) -> bool:
    """Whether one of our own pages sent the request, if a browser says so; other clients do not.

    A page of a neighbouring host or port counts as another site, although SameSite cookies are sent with it.
    """
    fetched_from = headers.get("Sec-Fetch-Site")
    if fetched_from is not None and fetched_from not in _OWN_PAGES:
        return False
    origin = headers.get("Origin")
    return origin is None or origins.own(origin, headers.get("Host", ""))


def carries_page_header(headers: Mapping[str, str]) -> bool:
    """Whether the request has the header that only a page of our own origin can add.

    A form cannot add it, and a script of another origin only after a preflight, which is never allowed.
    """
    return PAGE_HEADER in headers


def changes_something(method: str) -> bool:
    """Whether a request of this method may have an effect."""
    return method not in _SAFE
