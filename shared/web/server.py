"""Serving the routes of a service over HTTP."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aiohttp import web

from shared.security.caller import Caller
from shared.security.tokens import CallerVerifier
from shared.web.answering import Answering, Handle, RequestContext, unknown_paths
from shared.web.endpoint_handler import Authenticate, EndpointHandler, Resources, too_large
from shared.web.routes import Endpoint, Routes

DEFAULT_BODY_LIMIT = 1024 * 1024
_LINGERING_SECONDS = 2.0


def nothing_more(_app: web.Application, _answering: Answering) -> None:
    """Adds nothing to an application."""


@dataclass(frozen=True, slots=True)
class HttpEntry:
    """How requests come in: who calls, from which address, under which prefix; `extend` adds other routes."""

    authenticate: Authenticate
    address_of: Callable[[web.Request], str]
    traced: bool = True
    prefix: str = ""
    extend: Callable[[web.Application, Answering], None] = nothing_more


def behind_gateway(verifier: CallerVerifier) -> HttpEntry:
    """How requests come into a service: the gateway tells who calls, and from where."""
    return HttpEntry(bearer_of(verifier), address_told_by_gateway)


def bearer_of(verifier: CallerVerifier) -> Authenticate:
    """Tells callers by the token that the gateway sends with their requests."""

    async def authenticate(request: web.Request, _: Endpoint) -> Caller | None:
        scheme, token = f"{request.headers.get('Authorization', '')} ".split(" ", 1)
        return verifier.caller(token.rstrip()) if scheme.lower() == "bearer" and token.strip() else None

    return authenticate


def address_told_by_gateway(request: web.Request) -> str:
    """Where a request came from, as the gateway, which alone reaches a service, tells it."""
    return request.headers.get("X-Forwarded-For", request.remote or "")


def application(
    routes: Sequence[Routes], resources: Resources, answering: Answering, *, prefix: str = ""
) -> web.Application:
    """The service's HTTP application with its routes; a route that reads answers HEAD too."""
    endpoints = [endpoint for part in routes for endpoint in part.endpoints]
    largest = max([DEFAULT_BODY_LIMIT, *(endpoint.body_limit for endpoint in endpoints)])
    app = web.Application(client_max_size=largest, middlewares=[unknown_paths])
    for endpoint in endpoints:
        handle = _limited(EndpointHandler(endpoint, resources), endpoint, largest)
        for method in ("GET", "HEAD") if endpoint.method == "GET" else (endpoint.method,):
            handler = answering.handler(prefix + endpoint.path, handle)
            app.router.add_route(method, prefix + endpoint.pattern, handler)
    return app


def _limited(handler: EndpointHandler, endpoint: Endpoint, largest: int) -> Handle:
    async def handle(request: web.Request, context: RequestContext) -> web.StreamResponse:
        if (request.content_length or 0) > endpoint.body_limit:
            raise too_large(endpoint)
        if endpoint.body_limit < largest:
            # aiohttp has one limit for an application; each route keeps its own.
            request = request.clone(client_max_size=endpoint.body_limit)
        return await handler(request, context)

    return handle


async def serve(app: web.Application, host: str, port: int) -> web.AppRunner:
    """Starts answering; `cleanup()` of what it returns lets running requests finish first.

    Compressed bodies are not inflated: who answers a request refuses them. A body that was refused midway is read
    on for a moment, so that the client sees the answer.
    """
    runner = web.AppRunner(
        app,
        access_log=None,
        handle_signals=False,
        shutdown_timeout=15,
        lingering_time=_LINGERING_SECONDS,
        auto_decompress=False,
    )
    await runner.setup()
    await web.TCPSite(runner, host, port, backlog=1024).start()
    await asyncio.sleep(0)
    return runner
