"""What every request to the gateway goes through: an id for its chain, its address, problems told, measured."""

import re
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from ipaddress import ip_address

import structlog
from aiohttp import web
from prometheus_client import Histogram

from shared.ids import new_id
from shared.observability.metrics import HTTP_SECONDS
from shared.observability.tracing import answering, current_traceparent
from shared.postgres.transaction import Cause
from shared.problems import RuleBroken
from shared.web.problems import Unexpected, response
from shared.web.server import CORRELATION

log = structlog.get_logger()

_SANE = re.compile(r"[A-Za-z0-9._:-]{8,64}")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request's chain and where it came from."""

    correlation_id: str
    address: str
    traceparent: str

    def cause(self, actor: str = "") -> Cause:
        """Why the gateway itself does something."""
        return Cause(self.correlation_id, traceparent=self.traceparent, actor=actor, address=self.address)


Handler = Callable[[web.Request, Asked], Awaitable[web.StreamResponse]]


class Answering:
    """Wraps handlers: a broken rule becomes a problem document, anything else is logged and told in general."""

    def __init__(self, *, traced: bool, trusted_proxies: int) -> None:
        self._traced = traced
        self._trusted_proxies = trusted_proxies
        self._timers: dict[tuple[str, str, int], Histogram] = {}

    def handler(self, name: str, handle: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """The handler as aiohttp calls it; `name` is what metrics and traces call the route."""

        async def answer(request: web.Request) -> web.StreamResponse:
            began = time.perf_counter()
            correlation_id = _correlation_id(request)
            with self._trace(name, correlation_id, request):
                reply = await self._reply(handle, request, correlation_id)
            if not reply.prepared:
                reply.headers[CORRELATION] = correlation_id
            self._timer(request.method, name, reply.status).observe(time.perf_counter() - began)
            return reply

        return answer

    async def _reply(self, handle: Handler, request: web.Request, correlation_id: str) -> web.StreamResponse:
        traceparent = current_traceparent() if self._traced else request.headers.get("traceparent", "")
        asked = Asked(correlation_id, address_of(request, self._trusted_proxies), traceparent)
        try:
            return await handle(request, asked)
        except RuleBroken as problem:
            return response(problem, request, correlation_id)
        except ConnectionResetError:
            # The one who asked has gone; nobody reads this answer.
            return web.Response(status=499)
        except Exception:
            log.exception("request_failed", path=request.path, correlation_id=correlation_id)
            return response(Unexpected(correlation_id=correlation_id).after(2), request, correlation_id)

    def _trace(self, name: str, correlation_id: str, request: web.Request) -> AbstractContextManager[None]:
        if not self._traced:
            return nullcontext()
        return answering(name, correlation_id, request.headers.get("traceparent", ""))

    def _timer(self, method: str, name: str, status: int) -> Histogram:
        key = (method, name, status)
        timer = self._timers.get(key)
        if timer is None:
            timer = self._timers[key] = HTTP_SECONDS.labels("gateway", method, name, status)
        return timer


def address_of(request: web.Request, trusted_proxies: int) -> str:
    """Where a request came from: the peer, or what the operator's own proxies say of it."""
    peer = request.remote or ""
    if not trusted_proxies:
        return peer
    # A proxy may add to the line that came, or a line of its own: in both cases what it says comes last.
    said = ",".join(request.headers.getall("X-Forwarded-For", ())).split(",")
    addresses = [address for part in said if (address := _address(part.strip()))]
    return addresses[-min(trusted_proxies, len(addresses))] if addresses else peer


def _address(text: str) -> str | None:
    """The address in an entry of X-Forwarded-For, which may bear a port; None where it is none."""
    bare = text[1:].partition("]")[0] if text.startswith("[") else text
    if bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        return str(ip_address(bare))
    except ValueError:
        return None


def _correlation_id(request: web.Request) -> str:
    given = request.headers.get(CORRELATION)
    return given if given is not None and _SANE.fullmatch(given) else str(new_id())
