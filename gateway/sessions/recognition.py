"""Authenticates requests: from the session's token to the caller and the token for a service."""

import time
from collections import OrderedDict
from dataclasses import dataclass, field

from aiohttp import web

from gateway.problems import CrossSiteRefused, SessionOver
from gateway.sessions import store, use_cases
from gateway.sessions.rules import (
    TOUCH_EVERY,
    Origins,
    Session,
    SessionLifetimes,
    carries_page_header,
    changes_something,
    hash_of,
    is_alive,
    sent_by_own_page,
)
from shared.postgres.transaction import Cause, UnitOfWork
from shared.security.caller import Caller
from shared.security.tokens import CALLER_SECONDS, Signer, caller_token
from shared.web.routes import Endpoint

_REMEMBERED = 20_000
_RENEW_BEFORE_SECONDS = 60


@dataclass(slots=True)
class CachedSession:
    """A session as it was last looked up, and its tokens for the services."""

    caller: Caller
    look_again: float
    tokens: dict[str, "_Token"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    renew_at: float


@dataclass(frozen=True, slots=True)
class Credential:
    """The token of a session, and whether a browser sent it by itself (a cookie)."""

    token: str
    by_cookie: bool


class Recognition:
    """Authenticates requests by their sessions, which it caches for a few seconds to save queries.

    An ended session leaves the cache of this process at once; another replica may accept it for
    `session_cache_seconds` (1 by default), and a service may accept a token that it has already seen for up to
    five minutes, but no client ever holds such a token.
    """

    def __init__(
        self,
        work: UnitOfWork,
        signer: Signer,
        lifetimes: SessionLifetimes,
        origins: Origins,
        cookie: str,
        remember: float,
    ) -> None:
        self._work = work
        self._signer = signer
        self._lifetimes = lifetimes
        self._origins = origins
        self._marker = f"{cookie}="
        self._remember = remember
        self._cached: OrderedDict[bytes, CachedSession] = OrderedDict()
        self._forgotten = 0

    def credential(self, request: web.Request) -> Credential | None:
        """Returns the session's token of a request: from the bearer header, or else from the cookie."""
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        if given and scheme.lower() == "bearer":
            return Credential(given.strip(), by_cookie=False)
        # Parsed by hand: the cookie library costs as much as the rest of the authentication.
        for part in request.headers.get("Cookie", "").split(";"):
            cookie = part.strip()
            if cookie.startswith(self._marker):
                return Credential(cookie[len(self._marker) :].strip('"'), by_cookie=True)
        return None

    async def cached_session(self, request: web.Request) -> CachedSession | None:
        """Returns the session of a request, or None without one.

        An unknown bearer token is refused; an old cookie is ignored, since browsers also send it with public
        requests.
        """
        credential = self.credential(request)
        if credential is None:
            return None
        cached_session = await self._known(hash_of(credential.token))
        if cached_session is not None and credential.by_cookie and changes_something(request.method):
            self.require_own_page(request)
        if cached_session is None and not credential.by_cookie:
            raise SessionOver
        return cached_session

    def require_own_page(self, request: web.Request) -> None:
        """Raises CrossSiteRefused unless one of our own pages sent a request with the cookie."""
        CrossSiteRefused.unless(
            sent_by_own_page(request.headers, self._origins) and carries_page_header(request.headers)
        )

    def require_no_other_site(self, request: web.Request) -> None:
        """Raises CrossSiteRefused if the browser says that another site caused the request."""
        CrossSiteRefused.unless(sent_by_own_page(request.headers, self._origins))

    def token(self, cached_session: CachedSession, service: str) -> str:
        """Returns the token of a session for a service; signs a new one a minute before the old one ends."""
        token = cached_session.tokens.get(service)
        if token is None or token.renew_at < time.time():
            text = caller_token(self._signer, cached_session.caller, service)
            token = _Token(text, time.time() + CALLER_SECONDS - _RENEW_BEFORE_SECONDS)
            cached_session.tokens[service] = token
        return token.text

    async def caller(self, request: web.Request, endpoint: Endpoint) -> Caller | None:
        """Returns the caller of one of the gateway's own endpoints; public endpoints have none."""
        if endpoint.is_public:
            return None
        cached_session = await self.cached_session(request)
        return cached_session.caller if cached_session else None

    def forget(self, id_hash: bytes) -> None:
        """Removes a session from the cache."""
        self._cached.pop(id_hash, None)
        self._forgotten += 1

    async def _known(self, id_hash: bytes) -> CachedSession | None:
        cached_session = self._cached.get(id_hash)
        if cached_session is not None and cached_session.look_again > time.monotonic():
            return cached_session
        forgotten = self._forgotten
        session = await self._looked_up(id_hash)
        if session is None:
            self.forget(id_hash)
            return None
        remembered = self._remembered(id_hash, session.caller, cached_session)
        if self._forgotten != forgotten:
            # It may have ended just after the read: it is valid for this request only.
            self._cached.pop(id_hash, None)
        return remembered

    async def _looked_up(self, id_hash: bytes) -> Session | None:
        async with self._work.reading() as rows:
            session = await store.find(rows, id_hash)
        now = self._work.clock()
        if session is None or not is_alive(session, self._lifetimes, now):
            return None
        if now - session.seen_at > TOUCH_EVERY:
            async with self._work.begin(Cause.itself("session")) as tx:
                await use_cases.record_use(tx, id_hash)
        return session

    def _remembered(self, id_hash: bytes, caller: Caller, before: CachedSession | None) -> CachedSession:
        tokens = before.tokens if before is not None and before.caller == caller else {}
        cached_session = CachedSession(caller, time.monotonic() + self._remember, tokens)
        self._cached[id_hash] = cached_session
        self._cached.move_to_end(id_hash)
        if len(self._cached) > _REMEMBERED:
            self._cached.popitem(last=False)
        return cached_session
