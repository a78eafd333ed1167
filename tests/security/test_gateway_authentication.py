"""Authentication at the gateway: documented operations require a caller, and internal paths are unreachable."""

import aiohttp
import pytest
from yarl import URL

from deploy.laptop.stack.platform import Platform
from shared.ids import new_id

pytestmark = pytest.mark.xdist_group("platform")

METHODS = {"get", "post", "put", "delete"}
# Whoever has no session is signed out already.
INDIFFERENT = {("delete", "/sessions/current")}
UNREACHABLE = (
    *("/internal/credentials", "/internal/openapi.json", "/metrics", "/health/ready"),
    *("/accounts/../internal/credentials", "/accounts/%2e%2e/internal/credentials", "//internal/credentials"),
)


@pytest.mark.requirement("INT-4")
async def test_every_operation_that_is_not_public_requires_a_caller(platform: Platform) -> None:
    base = f"{platform.describe()['gateway']}/api/v1"
    answered = []
    async with aiohttp.ClientSession() as http:
        document = await (await http.get(f"{base}/openapi.json")).json()
        guarded = [
            (method, path)
            for path, operations in document["paths"].items()
            for method, operation in operations.items()
            if method in METHODS and operation.get("security") and (method, path) not in INDIFFERENT
        ]
        for method, path in guarded:
            address = base + path.removeprefix("/api/v1").format_map(_Anything())
            for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Cookie": "fuma-session=nonsense"}):
                async with http.request(method, address, headers=headers) as answer:
                    if answer.status != 401:
                        answered.append((method, path, headers, answer.status))
    assert len(guarded) > 25
    assert answered == []


@pytest.mark.parametrize("path", UNREACHABLE)
async def test_internal_endpoints_are_not_reachable_through_the_gateway(platform: Platform, path: str) -> None:
    base = f"{platform.describe()['gateway']}/api/v1"
    async with aiohttp.ClientSession() as http:
        for method in ("GET", "POST"):
            async with http.request(method, URL(base + path, encoded=True), json=None) as answer:
                assert answer.status in {401, 404}


class _Anything(dict[str, str]):
    """An identifier for every name."""

    def __missing__(self, _: str) -> str:
        return str(new_id())
