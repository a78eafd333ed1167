"""Endpoints that describe the interfaces: OpenAPI from the services, AsyncAPI from the contracts."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Self
from urllib.parse import unquote, urlsplit

import orjson
from aiohttp import web

from gateway.description.fetching import Description
from gateway.pages import reference, revalidated
from gateway.settings import GatewaySettings
from shared.contracts.asyncapi import asyncapi
from shared.web.routes import JSON, PUBLIC, Incoming, Routes

routes = Routes("interface")
_REFERENCE = reference()


@dataclass(frozen=True, slots=True)
class EventDescription:
    """The AsyncAPI document and its HTTP form."""

    body: bytes
    etag: str

    @classmethod
    def of(cls, settings: GatewaySettings) -> Self:
        """Builds it for this platform's broker and provinces."""
        broker = urlsplit(settings.rabbitmq_url)
        body = orjson.dumps(
            asyncapi(
                broker=settings.provincial_broker or f"{broker.hostname}:{broker.port or 5672}",
                virtual_host=unquote(broker.path.removeprefix("/")) or "/",
                provinces=settings.provincial_codes,
            )
        )
        return cls(body, f'"{sha256(body).hexdigest()[:32]}"')


@routes.get("/openapi.json", by=PUBLIC)
async def openapi(incoming: Incoming, description: Description) -> web.Response:
    """Anyone reads this document."""
    return revalidated(incoming.request, description.body, JSON, description.etag)


@routes.get("/asyncapi.json", by=PUBLIC)
async def asyncapi_document(incoming: Incoming, events: EventDescription) -> web.Response:
    """Anyone reads the events that provinces receive, as AsyncAPI."""
    return revalidated(incoming.request, events.body, JSON, events.etag)


@routes.get("/docs", by=PUBLIC, produces="text/html")
async def docs(incoming: Incoming) -> web.Response:
    """Anyone reads this document as a page."""
    return await _REFERENCE(incoming.request)
