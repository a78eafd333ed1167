"""The HTTP endpoints of sessions: sign in, who am I, sign out."""

from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Self
from uuid import UUID

from aiohttp import web
from pydantic import AwareDatetime, BaseModel, ValidationError

from gateway.answering import Answering, Asked
from gateway.sessions import store, use_cases
from gateway.sessions.credentials import Credentials, Holder, Refusal, Registry
from gateway.sessions.recognition import Recognition
from gateway.sessions.rules import Lives, Origins, Session, hash_of
from gateway.settings import GatewaySettings
from gateway.throttle.use_cases import SignInThrottle
from shared.postgres.transaction import UnitOfWork
from shared.problems import NotFound, SignInRequired
from shared.security.caller import Caller
from shared.web.problems import MEDIA_TYPE, BodyNotJson, MediaTypeNotAccepted, refused_fields
from shared.web.server import CORRELATION

_JSON = "application/json"


class SessionView(BaseModel):
    """A session that has just been opened; the token is shown this once."""

    token: str
    expires_at: AwareDatetime
    account: Caller


class CurrentSession(BaseModel):
    """Who is signed in."""

    account: Caller


class ListedSession(BaseModel):
    """One of an account's sessions: since when, last used when, from which address, with which program."""

    session_id: UUID
    created_at: AwareDatetime
    seen_at: AwareDatetime
    ends_at: AwareDatetime
    address: str
    client: str

    @classmethod
    def of(cls, session: Session) -> Self:
        """From the session."""
        return cls(**{name: getattr(session, name) for name in cls.model_fields})


class ListedSessions(BaseModel):
    """The sessions of an account that have not ended."""

    items: list[ListedSession]


@dataclass(frozen=True, slots=True)
class Cookie:
    """The cookie that a browser keeps: not readable by scripts, not sent from other sites."""

    secure: bool

    @property
    def name(self) -> str:
        """With TLS the `__Host-` prefix, which no neighbouring host can set."""
        return "__Host-fuma-session" if self.secure else "fuma-session"

    def give(self, answer: web.Response, token: str, lives: Lives) -> None:
        """Hands the cookie out."""
        age = int(lives.longest.total_seconds())
        answer.set_cookie(
            self.name, token, max_age=age, path="/", secure=self.secure, httponly=True, samesite="Strict"
        )

    def take_back(self, answer: web.Response) -> None:
        """Makes the browser forget it."""
        answer.del_cookie(self.name, path="/", secure=self.secure, httponly=True, samesite="Strict")


def lives_of(settings: GatewaySettings) -> Lives:
    """How long sessions live here."""
    return Lives(timedelta(hours=settings.session_hours), timedelta(minutes=settings.session_idle_minutes))


def origins_of(settings: GatewaySettings) -> Origins:
    """Where our own pages are served."""
    configured = frozenset(one.strip().rstrip("/") for one in settings.public_origins.split(",") if one.strip())
    return Origins(configured, "https" if settings.secure_cookie else "http")


@dataclass(frozen=True, slots=True)
class Sessions:
    """What one does with sessions."""

    work: UnitOfWork
    recognition: Recognition
    registry: Registry
    throttle: SignInThrottle
    lives: Lives
    cookie: Cookie

    async def sign_in(self, request: web.Request, asked: Asked) -> web.StreamResponse:
        """Opens a session for a username and password; wrong ones, known or not, get the same answer."""
        self.recognition.require_no_other_site(request)
        credentials = await _credentials(request)
        cause = asked.cause("anonymous")
        attempt = await self.throttle.attempt(cause, credentials.username, asked.address)
        try:
            found = await self.registry.account_of(credentials, _chain(request, asked))
        except Exception:
            await self.throttle.not_judged(cause, attempt)
            raise
        if isinstance(found, Refusal):
            if not found.judged:
                await self.throttle.not_judged(cause, attempt)
            return _refused(found)
        await self.throttle.succeeded(cause, attempt)
        return await self._opened(found, asked, request.headers.get("User-Agent", ""))

    async def current(self, request: web.Request, _: Asked) -> web.StreamResponse:
        """Tells who is signed in."""
        return _json(CurrentSession(account=await self._caller(request)), HTTPStatus.OK)

    async def list_own(self, request: web.Request, _: Asked) -> web.StreamResponse:
        """Lists the sessions of the account: on which devices it is signed in."""
        caller = await self._caller(request)
        async with self.work.reading() as rows:
            found = await store.of_account(rows, caller.account_id, self.work.clock())
        items = [
            ListedSession(**{name: getattr(one, name) for name in ListedSession.model_fields}) for one in found
        ]
        return _json(ListedSessions(items=items), HTTPStatus.OK)

    async def end_one(self, request: web.Request, asked: Asked) -> web.StreamResponse:
        """Ends one of the account's sessions, on another device perhaps."""
        caller = await self._caller(request)
        try:
            session_id = UUID(request.match_info["session_id"])
        except ValueError as error:
            raise NotFound from error
        async with self.work.begin(asked.cause(str(caller.account_id))) as tx:
            id_hash = await use_cases.end_one(tx, caller, session_id)
        self.recognition.forget(id_hash)
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def end_all(self, request: web.Request, asked: Asked) -> web.StreamResponse:
        """Ends all sessions of the account, this one included: signed out everywhere."""
        caller = await self._caller(request)
        async with self.work.begin(asked.cause(str(caller.account_id))) as tx:
            hashes = await use_cases.end_all(tx, caller)
        for id_hash in hashes:
            self.recognition.forget(id_hash)
        answer = web.Response(status=HTTPStatus.NO_CONTENT)
        self.cookie.take_back(answer)
        return answer

    async def _caller(self, request: web.Request) -> Caller:
        cached_session = await self.recognition.cached_session(request)
        if cached_session is None:
            raise SignInRequired
        return cached_session.caller

    async def sign_out(self, request: web.Request, asked: Asked) -> web.StreamResponse:
        """Ends the session; whoever has none is signed out already."""
        credential = self.recognition.credential(request)
        if credential is not None:
            if credential.by_cookie:
                self.recognition.require_own_page(request)
            id_hash = hash_of(credential.token)
            async with self.work.begin(asked.cause("session")) as tx:
                await use_cases.sign_out(tx, id_hash)
            self.recognition.forget(id_hash)
        answer = web.Response(status=HTTPStatus.NO_CONTENT)
        self.cookie.take_back(answer)
        return answer

    async def _opened(self, holder: Holder, asked: Asked, client: str) -> web.Response:
        async with self.work.begin(asked.cause(str(holder.account_id))) as tx:
            token, session = await use_cases.sign_in(tx, holder, self.lives, asked.address, client)
        view = SessionView(token=token, expires_at=session.ends_at, account=session.caller)
        answer = _json(view, HTTPStatus.CREATED)
        self.cookie.give(answer, token, self.lives)
        return answer


def add_sessions(app: web.Application, sessions: Sessions, answering: Answering) -> None:
    """Puts them where the interface has them."""
    app.router.add_post("/api/v1/sessions", answering.handler("sessions", sessions.sign_in))
    app.router.add_get("/api/v1/sessions", answering.handler("sessions", sessions.list_own))
    app.router.add_delete("/api/v1/sessions", answering.handler("sessions", sessions.end_all))
    app.router.add_get("/api/v1/sessions/current", answering.handler("sessions", sessions.current))
    app.router.add_delete("/api/v1/sessions/current", answering.handler("sessions", sessions.sign_out))
    app.router.add_delete("/api/v1/sessions/{session_id}", answering.handler("sessions", sessions.end_one))


async def _credentials(request: web.Request) -> Credentials:
    if request.content_type != _JSON:
        raise MediaTypeNotAccepted(given=request.content_type, accepted=_JSON)
    try:
        return Credentials.model_validate_json(await request.read())
    except ValidationError as error:
        if error.errors()[0]["type"] == "json_invalid":
            raise BodyNotJson from error
        raise refused_fields(error) from error


def _chain(request: web.Request, asked: Asked) -> dict[str, str]:
    chain = {CORRELATION: asked.correlation_id, "X-Forwarded-For": asked.address}
    if language := request.headers.get("Accept-Language"):
        chain["Accept-Language"] = language
    if asked.traceparent:
        chain["traceparent"] = asked.traceparent
    return chain


def _refused(refusal: Refusal) -> web.Response:
    headers = {"Content-Language": refusal.language, "Cache-Control": "no-store"}
    return web.Response(status=refusal.status, body=refusal.body, content_type=MEDIA_TYPE, headers=headers)


def _json(view: BaseModel, status: HTTPStatus) -> web.Response:
    body = view.model_dump_json().encode()
    return web.Response(body=body, status=status, content_type=_JSON, headers={"Cache-Control": "no-store"})
