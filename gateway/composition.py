"""Builds the gateway: the one place where its parts meet."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

from gateway.answering import Answering
from gateway.description.fetching import Description
from gateway.description.routes import add_descriptions
from gateway.feed.consumers import subscriptions
from gateway.housekeeping import keep_tidy
from gateway.pages import pages
from gateway.proxy.forwarding import Proxy, client
from gateway.sessions.consumers import subscriptions_of
from gateway.sessions.credentials import Registry
from gateway.sessions.recognition import Recognition
from gateway.sessions.routes import Cookie, Sessions, add_sessions, lives_of, origins_of
from gateway.settings import GatewaySettings
from gateway.throttle.use_cases import RouteThrottle, SignInThrottle
from shared.messaging.subscriptions import Subscriptions
from shared.security.tokens import Signer
from shared.service import Endpoints, Foundation, Service
from shared.web.problems import NoSuchPath, response
from shared.web.server import CORRELATION


async def compose(foundation: Foundation[GatewaySettings]) -> Endpoints:
    """Sessions, the proxy, the descriptions, the pages and the feed."""
    settings, work = foundation.settings, foundation.work
    http = await foundation.keep(client(settings))
    signer = Signer(settings.secrets / "token.private.pem", "caller")
    cookie, lives = Cookie(settings.secure_cookie), lives_of(settings)
    recognition = Recognition(
        work, signer, lives, origins_of(settings), cookie.name, settings.session_cache_seconds
    )
    registry = Registry(http, settings.url_of("registry"), signer)
    throttle = SignInThrottle.of(work, settings.budgets)
    sessions = Sessions(work, recognition, registry, throttle, lives, cookie)
    budgets = RouteThrottle.of(work, settings.budgets)
    description = Description(settings, http)
    answering = Answering(traced=settings.otlp_endpoint is not None, trusted_proxies=settings.trusted_proxies)

    def extend(app: web.Application) -> None:
        app.middlewares.append(_inside_stays_inside)
        add_sessions(app, sessions, answering)
        add_descriptions(app, answering, settings, description)
        for path, file in pages():
            app.router.add_get(path, answering.handler("pages", file))
        proxy = answering.handler("proxy", Proxy(settings, http, recognition, budgets))
        app.router.add_route("*", "/api/v1/{rest:.*}", proxy)

    return Endpoints(
        subscriptions=_joined(recognition),
        background=[description.keep_up, lambda: keep_tidy(work, settings)],
        extend=extend,
    )


def _joined(recognition: Recognition) -> Subscriptions:
    """What the feed and the sessions hear."""
    joined = Subscriptions("gateway")
    joined.all = [*subscriptions.all, *subscriptions_of(recognition).all]
    return joined


@web.middleware
async def _inside_stays_inside(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """What services tell the gateway alone, the gateway tells nobody."""
    if request.rel_url.raw_path.startswith("/internal"):
        return response(NoSuchPath(), request, request.headers.get(CORRELATION, ""))
    return await handler(request)


SERVICE = Service("gateway", GatewaySettings, Path(__file__).parent / "migrations", compose)
