"""Who sent a request: from the session's id to the caller and the token that goes inward."""

import time
from collections import OrderedDict
from dataclasses import dataclass, field

from aiohttp import web

from gateway.problems import CrossSiteRefused, SessionOver
from gateway.sessions import store
from gateway.sessions.rules import (
    TOUCH_EVERY,
    Lives,
    Origins,
    Session,
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
    """A session as it was last looked up, and the token that its requests bear to each service."""

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
    """Recognises sessions, remembering each for a few seconds so that reading does not cost a query each time.

    What ends a session forgets it at once in this process; another replica may still honour it for
    `session_cache_seconds` (1 by default), a service an inward token that it has already seen for no longer
    than five minutes, but nobody outside ever holds one.
    """

    def __init__(
        self, work: UnitOfWork, signer: Signer, lives: Lives, origins: Origins, cookie: str, remember: float
    ) -> None:
        self._work = work
        self._signer = signer
        self._lives = lives
        self._origins = origins
        self._marker = f"{cookie}="
        self._remember = remember
        self._cached: OrderedDict[bytes, CachedSession] = OrderedDict()
        self._forgotten = 0

    def credential(self, request: web.Request) -> Credential | None:
        """The session's id that a request bears: as bearer, or else as cookie."""
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        if given and scheme.lower() == "bearer":
            return Credential(given.strip(), by_cookie=False)
        # Read by hand: the cookie library costs as much as all the rest of this.
        for part in request.headers.get("Cookie", "").split(";"):
            cookie = part.strip()
            if cookie.startswith(self._marker):
                return Credential(cookie[len(self._marker) :].strip('"'), by_cookie=True)
        return None

    async def cached_session(self, request: web.Request) -> CachedSession | None:
        """Who sent the request; None where nobody has signed in.

        A bearer that stands for no session is refused; an old cookie is as good as none, since browsers send
        it along to what is public too.
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
        """Raises CrossSiteRefused unless one of our own pages sent a request that bears the cookie."""
        CrossSiteRefused.unless(
            sent_by_own_page(request.headers, self._origins) and carries_page_header(request.headers)
        )

    def require_no_other_site(self, request: web.Request) -> None:
        """Raises CrossSiteRefused where a browser says that another site made it send the request."""
        CrossSiteRefused.unless(sent_by_own_page(request.headers, self._origins))

    def token(self, cached_session: CachedSession, service: str) -> str:
        """The token that a session's request bears to a service; signed anew a minute before it ends."""
        token = cached_session.tokens.get(service)
        if token is None or token.renew_at < time.time():
            text = caller_token(self._signer, cached_session.caller, service)
            token = _Token(text, time.time() + CALLER_SECONDS - _RENEW_BEFORE_SECONDS)
            cached_session.tokens[service] = token
        return token.text

    async def caller(self, request: web.Request, endpoint: Endpoint) -> Caller | None:
        """Who calls one of the gateway's own endpoints; of public ones nobody is asked."""
        if endpoint.is_public:
            return None
        cached_session = await self.cached_session(request)
        return cached_session.caller if cached_session else None

    def forget(self, id_hash: bytes) -> None:
        """Remembers a session no longer."""
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
            # It may have been read just before it ended: it is good for this request alone.
            self._cached.pop(id_hash, None)
        return remembered

    async def _looked_up(self, id_hash: bytes) -> Session | None:
        async with self._work.reading() as rows:
            session = await store.find(rows, id_hash)
        now = self._work.clock()
        if session is None or not is_alive(session, self._lives, now):
            return None
        if now - session.seen_at > TOUCH_EVERY:
            async with self._work.begin(Cause.itself("session")) as tx:
                await store.touch(tx, id_hash, now)
        return session

    def _remembered(self, id_hash: bytes, caller: Caller, before: CachedSession | None) -> CachedSession:
        tokens = before.tokens if before is not None and before.caller == caller else {}
        cached_session = CachedSession(caller, time.monotonic() + self._remember, tokens)
        self._cached[id_hash] = cached_session
        self._cached.move_to_end(id_hash)
        if len(self._cached) > _REMEMBERED:
            self._cached.popitem(last=False)
        return cached_session
