"""The middleware of every HTTP request: correlation id and trace, problem documents, metrics."""

import re
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import structlog
from aiohttp import web
from prometheus_client import Histogram

from shared.ids import new_id
from shared.observability.metrics import HTTP_SECONDS
from shared.observability.tracing import answering, current_traceparent
from shared.postgres.transaction import Cause
from shared.problems import RuleBroken
from shared.web.problem_documents import problem_of, response
from shared.web.problems import ContentEncodingRefused, MethodNotAllowed, NoSuchPath

log = structlog.get_logger()

CORRELATION = "X-Correlation-ID"
_CORRELATION_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_CLIENT_GONE = 499
_PLAIN = {"Content-Encoding": ("", "identity"), "Transfer-Encoding": ("", "chunked")}


@dataclass(frozen=True, slots=True)
class RequestContext:
    """A request's chain of causes and its client address."""

    correlation_id: str
    address: str
    traceparent: str

    def cause(self, actor: str) -> Cause:
        """Returns the cause of this request's transactions; the actor is an account's id or a fixed name."""
        return Cause(self.correlation_id, traceparent=self.traceparent, actor=actor, address=self.address)


Handle = Callable[[web.Request, RequestContext], Awaitable[web.StreamResponse]]
RequestHandler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Answering:
    """Wraps handlers: broken rules become problem documents; other errors are logged and their details hidden."""

    def __init__(self, service: str, address_of: Callable[[web.Request], str], *, traced: bool = True) -> None:
        self._service = service
        self._address_of = address_of
        self._traced = traced
        self._timers: dict[tuple[str, str, int], Histogram] = {}

    def handler(self, route: str, handle: Handle) -> RequestHandler:
        """Returns the handler for aiohttp; metrics and traces name it by `route`."""

        async def answer(request: web.Request) -> web.StreamResponse:
            began = time.perf_counter()
            correlation_id = correlation_id_of(request)
            with self._trace(route, correlation_id, request):
                reply = await self._reply(handle, request, correlation_id)
            if not reply.prepared:
                reply.headers[CORRELATION] = correlation_id
            self._timer(request.method, route, reply.status).observe(time.perf_counter() - began)
            return reply

        return answer

    async def _reply(self, handle: Handle, request: web.Request, correlation_id: str) -> web.StreamResponse:
        traceparent = current_traceparent() if self._traced else request.headers.get("traceparent", "")
        context = RequestContext(correlation_id, self._address_of(request), traceparent)
        try:
            _refuse_encoded(request)
            return await handle(request, context)
        except RuleBroken as problem:
            return response(problem, request, correlation_id)
        except Exception as error:
            if isinstance(error, ConnectionResetError) and _is_gone(request):
                return web.Response(status=_CLIENT_GONE)
            failure = problem_of(error, correlation_id)
            log.exception("request_failed", path=request.path, code=failure.code)
            return response(failure, request, correlation_id)

    def _trace(self, route: str, correlation_id: str, request: web.Request) -> AbstractContextManager[None]:
        if not self._traced:
            return nullcontext()
        return answering(route, correlation_id, request.headers.get("traceparent", ""))

    def _timer(self, method: str, route: str, status: int) -> Histogram:
        key = (method, route, status)
        timer = self._timers.get(key)
        if timer is None:
            timer = self._timers[key] = HTTP_SECONDS.labels(self._service, method, route, status)
        return timer


def correlation_id_of(request: web.Request) -> str:
    """Returns the request's correlation id if it is valid; otherwise starts a new chain."""
    given = request.headers.get(CORRELATION, "")
    return given if _CORRELATION_ID.fullmatch(given) else str(new_id())


def _refuse_encoded(request: web.Request) -> None:
    """Refuses compressed bodies, since a small one may expand without limit."""
    for header, plain in _PLAIN.items():
        given = ", ".join(request.headers.getall(header, ()))
        ContentEncodingRefused.unless(given.strip().lower() in plain, given=given[:100])


def _is_gone(request: web.Request) -> bool:
    """Whether the client has disconnected."""
    return request.transport is None or request.transport.is_closing()


@web.middleware
async def unknown_paths(request: web.Request, handler: RequestHandler) -> web.StreamResponse:
    """Answers unknown paths and methods."""
    try:
        return await handler(request)
    except web.HTTPNotFound:
        problem: RuleBroken = NoSuchPath()
    except web.HTTPMethodNotAllowed as error:
        problem = not_allowed(request.method, error.allowed_methods)
    correlation_id = correlation_id_of(request)
    answer = response(problem, request, correlation_id)
    answer.headers[CORRELATION] = correlation_id
    return answer


def not_allowed(method: str, allowed: set[str] | frozenset[str]) -> MethodNotAllowed:
    """Builds the refusal of a method, with the allowed ones."""
    return MethodNotAllowed(method=method, allowed=", ".join(sorted(allowed))).with_header(
        "Allow", ", ".join(sorted(allowed))
    )
