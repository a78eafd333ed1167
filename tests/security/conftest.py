"""An environment that records the endpoints which its services serve."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from shared.postgres.migrate import migrate
from shared.service import Endpoints, Foundation
from shared.web.routes import Endpoint
from tests.environment import Environment, Servers


class WatchedEnvironment(Environment):
    """Records the endpoints of the running service."""

    endpoints: list[Endpoint]

    @asynccontextmanager
    async def running(self, service: str, **more: Any) -> AsyncIterator[None]:
        """Runs a service and records its endpoints when it is composed."""
        one = import_module(f"services.{service}.composition").SERVICE

        async def composed(foundation: Foundation[Any]) -> Endpoints:
            endpoints: Endpoints = await one.compose(foundation)
            self.endpoints = [endpoint for part in endpoints.routes for endpoint in part.endpoints]
            return endpoints

        await migrate(self.dsn(service, owner=True), service, one.migrations)
        settings = one.settings(**self.settings(service, **more))
        async with replace(one, compose=composed).running(settings):
            yield


@pytest.fixture
async def watched(servers: Servers, tmp_path: Path) -> AsyncIterator[WatchedEnvironment]:
    """A fresh environment that records endpoints."""
    environment = WatchedEnvironment(servers, tmp_path)
    async with environment.built():
        yield environment
