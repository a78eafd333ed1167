"""The HTTP endpoints of sessions: sign in, who am I, sign out."""

from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus

from aiohttp import web
from pydantic import AwareDatetime, BaseModel, ValidationError

from gateway.answering import Answering, Asked
from gateway.problems import CrossSiteRefused
from gateway.sessions import use_cases
from gateway.sessions.credentials import Credentials, Refusal, Registry
from gateway.sessions.recognition import Recognition
from gateway.sessions.rules import Lives, hash_of, sent_by_own_page
from gateway.settings import GatewaySettings
from gateway.throttle.use_cases import Throttle
from shared.postgres.transaction import UnitOfWork
from shared.problems import SignInRequired
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


@dataclass(frozen=True, slots=True)
class Cookie:
    """The cookie that a browser keeps: not readable by scripts, not sent from other sites."""

    secure: bool

    @property
    def name(self) -> str:
        """With TLS the `__Host-` prefix, which no neighbouring host can set."""
        return "__Host-fuma-session" if self.secure else "fuma-session"

    def give(self, answer: web.Response, session_id: str, lives: Lives) -> None:
        """Hands the cookie out."""
        age = int(lives.longest.total_seconds())
        answer.set_cookie(
            self.name, session_id, max_age=age, path="/", secure=self.secure, httponly=True, samesite="Strict"
        )

    def take_back(self, answer: web.Response) -> None:
        """Makes the browser forget it."""
        answer.del_cookie(self.name, path="/", secure=self.secure, httponly=True, samesite="Strict")


def lives_of(settings: GatewaySettings) -> Lives:
    """How long sessions live here."""
    return Lives(timedelta(hours=settings.session_hours), timedelta(minutes=settings.session_idle_minutes))


@dataclass(frozen=True, slots=True)
class Sessions:
    """The three things that one does with a session."""

    work: UnitOfWork
    recognition: Recognition
    registry: Registry
    throttle: Throttle
    lives: Lives
    cookie: Cookie

    async def sign_in(self, request: web.Request, asked: Asked) -> web.StreamResponse:
        """Opens a session for a username and password; wrong ones, known or not, get the same answer."""
        CrossSiteRefused.unless(sent_by_own_page(request.headers))
        credentials = await _credentials(request)
        cause, attempt = asked.cause("anonymous"), (credentials.username, asked.address)
        await self.throttle.attempt(cause, *attempt)
        try:
            found = await self.registry.account_of(credentials, _chain(request, asked))
        except Exception:
            await self.throttle.not_judged(cause, *attempt)
            raise
        if isinstance(found, Refusal):
            if not found.judged:
                await self.throttle.not_judged(cause, *attempt)
            return _refused(found)
        await self.throttle.succeeded(cause, *attempt)
        return await self._opened(found, asked)

    async def current(self, request: web.Request, _: Asked) -> web.StreamResponse:
        """Tells who is signed in."""
        cached_session = await self.recognition.cached_session(request)
        if cached_session is None:
            raise SignInRequired
        return _json(CurrentSession(account=cached_session.caller), HTTPStatus.OK)

    async def sign_out(self, request: web.Request, asked: Asked) -> web.StreamResponse:
        """Ends the session; whoever has none is signed out already."""
        credential = self.recognition.credential(request)
        if credential is not None:
            if credential.by_cookie:
                CrossSiteRefused.unless(sent_by_own_page(request.headers))
            id_hash = hash_of(credential.session_id)
            async with self.work.begin(asked.cause("session")) as tx:
                await use_cases.sign_out(tx, id_hash)
            self.recognition.forget(id_hash)
        answer = web.Response(status=HTTPStatus.NO_CONTENT)
        self.cookie.take_back(answer)
        return answer

    async def _opened(self, caller: Caller, asked: Asked) -> web.Response:
        async with self.work.begin(asked.cause(str(caller.account_id))) as tx:
            session_id, session = await use_cases.sign_in(tx, caller, self.lives)
        view = SessionView(token=session_id, expires_at=session.ends_at, account=caller)
        answer = _json(view, HTTPStatus.CREATED)
        self.cookie.give(answer, session_id, self.lives)
        return answer


def add_sessions(app: web.Application, sessions: Sessions, answering: Answering) -> None:
    """Puts them where the interface has them."""
    app.router.add_post("/api/v1/sessions", answering.handler("sessions", sessions.sign_in))
    app.router.add_get("/api/v1/sessions/current", answering.handler("sessions", sessions.current))
    app.router.add_delete("/api/v1/sessions/current", answering.handler("sessions", sessions.sign_out))


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
