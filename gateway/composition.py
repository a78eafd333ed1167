"""The composition root of the gateway, which builds all its parts."""

from pathlib import Path

from aiohttp import web

from gateway.addresses import address_of
from gateway.description.fetching import Description
from gateway.description.routes import EventDescription
from gateway.description.routes import routes as interface
from gateway.feed.consumers import subscriptions
from gateway.housekeeping import run_housekeeping
from gateway.pages import pages
from gateway.proxy.forwarding import Proxy, client
from gateway.proxy.rules import PREFIX
from gateway.sessions.consumers import subscriptions_of
from gateway.sessions.credentials import Registry
from gateway.sessions.recognition import Recognition
from gateway.sessions.routes import Cookie, Sessions, lifetimes_of, origins_of
from gateway.sessions.routes import routes as session_routes
from gateway.settings import GatewaySettings
from gateway.throttle.use_cases import RouteThrottle, SignInThrottle
from shared.contracts.service_routes import SERVICE_OF
from shared.messaging.subscriptions import Subscriptions
from shared.security.tokens import Signer
from shared.service import Endpoints, Foundation, Service
from shared.web.answering import Answering
from shared.web.openapi import fragment
from shared.web.server import HttpEntry


async def compose(foundation: Foundation[GatewaySettings]) -> Endpoints:
    """Builds sessions, the proxy, the descriptions, the pages and the feed."""
    settings, work = foundation.settings, foundation.work
    http = await foundation.keep(client(settings))
    signer = Signer(settings.secrets / "token.private.pem", "caller")
    cookie, lifetimes = Cookie(settings.secure_cookie), lifetimes_of(settings)
    recognition = Recognition(
        work, signer, lifetimes, origins_of(settings), cookie.name, settings.session_cache_seconds
    )
    registry = Registry(http, settings.url_of("registry"), signer)
    throttle = SignInThrottle.of(work, settings.budgets)
    sessions = Sessions(work, recognition, registry, throttle, lifetimes, cookie)
    routes = [session_routes, interface]
    description = Description(settings, http, fragment(routes))
    proxy = Proxy(settings, http, recognition, RouteThrottle.of(work, settings.budgets))

    def extend(app: web.Application, answering: Answering) -> None:
        for path, file in pages():
            app.router.add_get(path, answering.handler("pages", file))
        for collection in SERVICE_OF:
            for path in (f"{PREFIX}{collection}", f"{PREFIX}{collection}/{{rest:.*}}"):
                app.router.add_route("*", path, answering.handler("proxy", proxy))

    return Endpoints(
        routes=routes,
        provides=[sessions, description, EventDescription.of(settings)],
        subscriptions=_joined(recognition),
        background=[description.keep_up, lambda: run_housekeeping(foundation.background, settings)],
        entry=HttpEntry(
            authenticate=recognition.caller,
            address_of=lambda request: address_of(request, settings.trusted_proxies),
            traced=settings.otlp_endpoint is not None,
            prefix=PREFIX.rstrip("/"),
            extend=extend,
        ),
    )


def _joined(recognition: Recognition) -> Subscriptions:
    """Joins the subscriptions of the feed and of the sessions."""
    joined = Subscriptions("gateway")
    joined.all = [*subscriptions.all, *subscriptions_of(recognition).all]
    return joined


SERVICE = Service("gateway", GatewaySettings, Path(__file__).parent / "migrations", compose)
