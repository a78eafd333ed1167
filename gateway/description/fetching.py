"""Keeps the OpenAPI document up to date from the services' own descriptions."""

import asyncio
import hashlib
from typing import Any

import aiohttp
import orjson
import structlog

from gateway.description.merging import openapi
from gateway.settings import GatewaySettings
from shared.contracts.service_routes import SERVICE_OF

log = structlog.get_logger()

_PATH = "/internal/openapi.json"
_PATIENCE = aiohttp.ClientTimeout(total=5)
_SOON_SECONDS = 1.0


class Description:
    """The OpenAPI document; the part of an unavailable service stays as it was."""

    def __init__(self, settings: GatewaySettings, http: aiohttp.ClientSession, own: dict[str, Any]) -> None:
        self._http = http
        self._every = settings.describe_seconds
        self._urls = {service: settings.url_of(service) for service in sorted(set(SERVICE_OF.values()))}
        self._parts: dict[str, Any] = {"gateway": own}
        self.body = b""
        self.etag = ""
        self._write()

    @property
    def missing(self) -> list[str]:
        """Lists the services that have not answered since the gateway started."""
        return [service for service in self._urls if service not in self._parts]

    async def keep_up(self) -> None:
        """Fetches all services regularly; more often while one is missing."""
        while True:
            await self.renew()
            await asyncio.sleep(_SOON_SECONDS if self.missing else self._every)

    async def renew(self) -> None:
        """Fetches all services once."""
        found = await asyncio.gather(*(self._ask(service) for service in self._urls))
        said = {service: part for service, part in zip(self._urls, found, strict=True) if part is not None}
        if any(self._parts.get(service) != part for service, part in said.items()):
            self._parts |= said
            self._write()

    async def _ask(self, service: str) -> Any:
        try:
            async with self._http.get(f"{self._urls[service]}{_PATH}", timeout=_PATIENCE) as answer:
                answer.raise_for_status()
                return orjson.loads(await answer.read())
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            log.debug("service_not_described", of=service, reason=str(error))
            return None

    def _write(self) -> None:
        document = openapi(self._parts)
        if self.missing:
            document["info"]["x-missing"] = self.missing
        self.body = orjson.dumps(document)
        self.etag = f'"{hashlib.sha256(self.body).hexdigest()[:32]}"'
