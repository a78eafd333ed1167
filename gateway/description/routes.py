"""Endpoints that describe the interfaces: OpenAPI as the services have it, AsyncAPI as the contracts have it."""

from hashlib import sha256
from urllib.parse import unquote, urlsplit

import orjson
from aiohttp import web

from gateway.answering import Answering, Asked
from gateway.description.fetching import Description
from gateway.pages import revalidated
from gateway.settings import GatewaySettings
from shared.contracts.asyncapi import asyncapi

_JSON = "application/json"


def add_descriptions(
    app: web.Application, answering: Answering, settings: GatewaySettings, description: Description
) -> None:
    """Puts them where the interface has them."""
    events = asyncapi_body(settings)
    events_etag = f'"{sha256(events).hexdigest()[:32]}"'

    async def openapi(request: web.Request, _: Asked) -> web.StreamResponse:
        return revalidated(request, description.body, _JSON, description.etag)

    async def told_events(request: web.Request, _: Asked) -> web.StreamResponse:
        return revalidated(request, events, _JSON, events_etag)

    app.router.add_get("/api/v1/openapi.json", answering.handler("openapi", openapi))
    app.router.add_get("/api/v1/asyncapi.json", answering.handler("asyncapi", told_events))


def asyncapi_body(settings: GatewaySettings) -> bytes:
    """The AsyncAPI document for this platform's broker and provinces."""
    broker = urlsplit(settings.rabbitmq_url)
    document = asyncapi(
        broker=settings.provincial_broker or f"{broker.hostname}:{broker.port or 5672}",
        virtual_host=unquote(broker.path.removeprefix("/")) or "/",
        provinces=settings.provincial_codes,
    )
    return orjson.dumps(document)
