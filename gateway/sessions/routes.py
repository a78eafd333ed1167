"""The HTTP endpoints of sessions: sign in, who am I, sign out."""

from dataclasses import dataclass, replace
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Self
from uuid import UUID

from aiohttp import web
from pydantic import AwareDatetime, BaseModel

from gateway.sessions import store, use_cases
from gateway.sessions.credentials import Credentials, Holder, Refusal, Registry
from gateway.sessions.recognition import Recognition
from gateway.sessions.rules import Origins, Session, SessionLifetimes, hash_of
from gateway.settings import GatewaySettings
from gateway.throttle.use_cases import SignInThrottle
from shared.clock import utc_now
from shared.postgres.transaction import Cause, Rows, UnitOfWork
from shared.security.caller import Caller, Role
from shared.web.answering import CORRELATION
from shared.web.problem_documents import MEDIA_TYPE
from shared.web.routes import JSON, PUBLIC, SIGNED_IN, Incoming, Routes

routes = Routes("sessions")


class SessionView(BaseModel):
    """A new session; the token is shown only here.

    `recovery_codes_left` is set after a recovery code was used. The role `enrolling` only enrols a second factor.
    """

    token: str
    expires_at: AwareDatetime
    account: Caller
    recovery_codes_left: int | None


class CurrentSession(BaseModel):
    """The account that is signed in."""

    account: Caller


class ListedSession(BaseModel):
    """A session of an account: its start, last use, address and program."""

    session_id: UUID
    created_at: AwareDatetime
    seen_at: AwareDatetime
    ends_at: AwareDatetime
    address: str
    client: str

    @classmethod
    def of(cls, session: Session) -> Self:
        """Builds the view of a session."""
        return cls(**{name: getattr(session, name) for name in cls.model_fields})


class ListedSessions(BaseModel):
    """The sessions of an account that have not ended."""

    items: list[ListedSession]


@dataclass(frozen=True, slots=True)
class Cookie:
    """The session cookie: not readable by scripts, not sent from other sites."""

    secure: bool

    @property
    def name(self) -> str:
        """Returns its name; with TLS with the `__Host-` prefix, which no neighbouring host can set."""
        return "__Host-fuma-session" if self.secure else "fuma-session"

    def give(self, answer: web.Response, token: str, lifetimes: SessionLifetimes) -> None:
        """Sets the cookie."""
        age = int(lifetimes.longest.total_seconds())
        answer.set_cookie(
            self.name, token, max_age=age, path="/", secure=self.secure, httponly=True, samesite="Strict"
        )

    def take_back(self, answer: web.Response) -> None:
        """Deletes the cookie."""
        answer.del_cookie(self.name, path="/", secure=self.secure, httponly=True, samesite="Strict")


def lifetimes_of(settings: GatewaySettings) -> SessionLifetimes:
    """Reads the lifetimes of sessions from the settings."""
    return SessionLifetimes(
        timedelta(hours=settings.session_hours), timedelta(minutes=settings.session_idle_minutes)
    )


def origins_of(settings: GatewaySettings) -> Origins:
    """Reads our own origins from the settings."""
    configured = frozenset(one.strip().rstrip("/") for one in settings.public_origins.split(",") if one.strip())
    return Origins(configured, "https" if settings.secure_cookie else "http")


@dataclass(frozen=True, slots=True)
class Sessions:
    """Opens and ends sessions."""

    work: UnitOfWork
    recognition: Recognition
    registry: Registry
    throttle: SignInThrottle
    lifetimes: SessionLifetimes
    cookie: Cookie

    async def opened(self, credentials: Credentials, incoming: Incoming) -> web.Response:
        """Opens a session for credentials; all wrong ones get the same answer."""
        cause = incoming.cause
        attempt = await self.throttle.attempt(cause, credentials.username, cause.address)
        try:
            found = await self.registry.account_of(credentials, _chain(incoming))
        except Exception:
            await self.throttle.not_judged(cause, attempt)
            raise
        if isinstance(found, Refusal):
            if not found.judged:
                await self.throttle.not_judged(cause, attempt)
            return _refused(found)
        await self.throttle.succeeded(cause, attempt)
        return await self._opened(found, cause, incoming.request.headers.get("User-Agent", ""))

    async def end_one(self, caller: Caller, session_id: UUID, cause: Cause) -> None:
        """Ends one of the account's sessions."""
        async with self.work.begin(cause) as tx:
            id_hash = await use_cases.end_one(tx, caller, session_id)
        self.recognition.forget(id_hash)

    async def end_all(self, caller: Caller, cause: Cause) -> web.Response:
        """Ends all sessions of the account."""
        async with self.work.begin(cause) as tx:
            hashes = await use_cases.end_all(tx, caller)
        for id_hash in hashes:
            self.recognition.forget(id_hash)
        return self._signed_out()

    async def end_current(self, incoming: Incoming) -> web.Response:
        """Ends the session of a request; without a session it does nothing."""
        credential = self.recognition.credential(incoming.request)
        if credential is not None:
            if credential.by_cookie:
                self.recognition.require_own_page(incoming.request)
            id_hash = hash_of(credential.token)
            async with self.work.begin(replace(incoming.cause, actor="session")) as tx:
                await use_cases.sign_out(tx, id_hash)
            self.recognition.forget(id_hash)
        return self._signed_out()

    def _signed_out(self) -> web.Response:
        answer = web.Response(status=HTTPStatus.NO_CONTENT)
        self.cookie.take_back(answer)
        return answer

    async def _opened(self, holder: Holder, cause: Cause, client: str) -> web.Response:
        async with self.work.begin(replace(cause, actor=str(holder.account_id))) as tx:
            token, session = await use_cases.sign_in(tx, holder, self.lifetimes, cause.address, client)
        view = SessionView(
            token=token,
            expires_at=session.ends_at,
            account=session.caller,
            recovery_codes_left=holder.recovery_codes_left,
        )
        answer = web.Response(
            body=view.model_dump_json().encode(),
            status=HTTPStatus.CREATED,
            content_type=JSON,
            headers={"Cache-Control": "no-store"},
        )
        self.cookie.give(answer, token, self.lifetimes)
        return answer


@routes.post("/sessions", by=PUBLIC)
async def sign_in(
    incoming: Incoming, sessions: Sessions, body: Credentials
) -> Annotated[web.Response, SessionView]:
    """Anyone signs in with username and password, and a code where the account has a second factor (ACC-11)."""
    sessions.recognition.require_no_other_site(incoming.request)
    return await sessions.opened(body, incoming)


@routes.get("/sessions", by=SIGNED_IN)
async def list_sessions(rows: Rows, caller: Caller) -> ListedSessions:
    """An account lists its sessions: the devices on which it is signed in."""
    found = await store.of_account(rows, caller.account_id, utc_now())
    return ListedSessions(items=[ListedSession.of(one) for one in found])


@routes.delete("/sessions", by=SIGNED_IN)
async def sign_out_everywhere(
    incoming: Incoming, sessions: Sessions, caller: Caller
) -> Annotated[web.Response, None]:
    """An account ends all its sessions, including this one."""
    return await sessions.end_all(caller, incoming.cause)


@routes.get("/sessions/current", by=(*SIGNED_IN, Role.ENROLLING))
async def read_current_session(caller: Caller) -> CurrentSession:
    """An account reads who is signed in."""
    return CurrentSession(account=caller)


@routes.delete("/sessions/current", by=PUBLIC)
async def sign_out(incoming: Incoming, sessions: Sessions) -> Annotated[web.Response, None]:
    """Anyone signs out; without a session this does nothing."""
    return await sessions.end_current(incoming)


@routes.delete("/sessions/{session_id}", by=SIGNED_IN)
async def sign_out_elsewhere(incoming: Incoming, sessions: Sessions, caller: Caller, session_id: UUID) -> None:
    """An account ends one of its sessions, for example on another device."""
    await sessions.end_one(caller, session_id, incoming.cause)


def _chain(incoming: Incoming) -> dict[str, str]:
    cause = incoming.cause
    chain = {CORRELATION: cause.correlation_id, "X-Forwarded-For": cause.address}
    if language := incoming.request.headers.get("Accept-Language"):
        chain["Accept-Language"] = language
    if cause.traceparent:
        chain["traceparent"] = cause.traceparent
    return chain


def _refused(refusal: Refusal) -> web.Response:
    headers = {"Content-Language": refusal.language, "Cache-Control": "no-store"}
    return web.Response(status=refusal.status, body=refusal.body, content_type=MEDIA_TYPE, headers=headers)
