"""Serves the routes of a service over HTTP."""

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
    """How requests arrive: authentication, client address and path prefix; `extend` adds other routes."""

    authenticate: Authenticate
    address_of: Callable[[web.Request], str]
    traced: bool = True
    prefix: str = ""
    extend: Callable[[web.Application, Answering], None] = nothing_more


def behind_gateway(verifier: CallerVerifier) -> HttpEntry:
    """Returns the entry of a service: the gateway sends the caller and the client address."""
    return HttpEntry(bearer_authentication(verifier), forwarded_address)


def bearer_authentication(verifier: CallerVerifier) -> Authenticate:
    """Authenticates callers by the token that the gateway sends with their requests."""

    async def authenticate(request: web.Request, _: Endpoint) -> Caller | None:
        scheme, token = f"{request.headers.get('Authorization', '')} ".split(" ", 1)
        return verifier.caller(token.rstrip()) if scheme.lower() == "bearer" and token.strip() else None

    return authenticate


def forwarded_address(request: web.Request) -> str:
    """Returns the client address that the gateway, the only client of a service, forwards."""
    return request.headers.get("X-Forwarded-For", request.remote or "")


def application(
    routes: Sequence[Routes], resources: Resources, answering: Answering, *, prefix: str = ""
) -> web.Application:
    """Builds the service's HTTP application with its routes; a GET route also answers HEAD."""
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
    """Starts the server; `cleanup()` of the result lets running requests finish first.

    Compressed bodies are not inflated: the middleware refuses them. The rest of a refused body is read for a short
    time, so that the client receives the answer.
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
