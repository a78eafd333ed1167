"""The interface that is committed is the one that a running platform serves."""

import json
from typing import Any

import aiohttp
import pytest

from deploy.laptop.stack.platform import Platform
from tests.contract.write import OPENAPI
from tests.environment import until

pytestmark = pytest.mark.xdist_group("platform")


async def test_the_committed_openapi_document_is_what_the_gateway_serves(platform: Platform) -> None:
    """Every path, parameter, status and schema, of the gateway itself and of every service."""
    async with aiohttp.ClientSession() as http:

        async def whole() -> dict[str, Any] | None:
            async with http.get(f"{platform.describe()['gateway']}/api/v1/openapi.json") as answer:
                document: dict[str, Any] = await answer.json()
                return None if document["info"].get("x-missing") else document

        served = await until(whole, what="the description of every service")
    committed = json.loads(OPENAPI.read_text("utf-8"))
    assert sorted(served["paths"]) == sorted(committed["paths"])
    assert served == committed
