"""OpenAPI, AsyncAPI and their pages, as they are served."""

import re
from typing import Any

import aiohttp
from openapi_spec_validator import OpenAPIV31SpecValidator

from gateway.description.merging import operations
from tests.environment import Environment, until
from tests.integration.gateway.fakes import platform, registry, stood_in


async def described(client: aiohttp.ClientSession) -> dict[str, Any]:
    """The OpenAPI document as it is now."""
    async with client.get("/api/v1/openapi.json") as answer:
        assert answer.status == 200
        document: dict[str, Any] = await answer.json()
        return document


async def test_the_services_describe_themselves_and_keep_their_part_while_away(environment: Environment) -> None:
    async with platform(environment, describe_seconds=0.1) as client:
        async with stood_in(environment, registry()), environment.running("coding"):

            async def both_there() -> bool:
                return {"/regions", "/codes/{code}"} <= set((await described(client))["paths"])

            await until(both_there, what="both descriptions")
        document = await described(client)
        assert {"/regions", "/codes/{code}", "/sessions"} <= set(document["paths"])
        assert not any("internal" in path for path in document["paths"])
        assert set(document["info"]["x-missing"]) == {"documents", "review", "agreements"}
        OpenAPIV31SpecValidator(document).validate()
        names = [operation["operationId"] for _, operation in operations(document)]
        assert len(names) == len(set(names))


async def test_a_client_with_the_current_document_gets_304(environment: Environment) -> None:
    async with platform(environment, describe_seconds=3600) as client:
        for path in ("/api/v1/openapi.json", "/api/v1/asyncapi.json", "/api/v1/docs"):
            async with client.get(path) as answer:
                etag = answer.headers["ETag"]
            async with client.get(path, headers={"If-None-Match": etag}) as answer:
                assert answer.status == 304
                assert await answer.read() == b""


async def test_the_events_are_described_for_this_platforms_provinces(environment: Environment) -> None:
    async with platform(environment) as client, client.get("/api/v1/asyncapi.json") as answer:
        document = await answer.json()
    assert document["asyncapi"] == "3.0.0"
    assert document["channels"]["province"]["parameters"]["province"]["enum"] == ["43", "32"]
    assert document["servers"]["platform"]["pathname"] == f"/{environment.name}"
    assert "only-for-tests" not in str(document)


async def test_pages_load_nothing_from_elsewhere(environment: Environment) -> None:
    async with platform(environment) as client:
        for page in ("/", "/api/v1/docs", "/help/unreadable-letter"):
            async with client.get(page) as answer:
                assert answer.status == 200
                assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'")
                text = await answer.text()
            assert 'lang="zh-CN"' in text
            assert 'lang="en"' in text
            assert "<style" not in text
            assert not re.findall(r"<script>|\son\w+=|(?:src|href)=\"(?:https?:)?//", text)
            for file in re.findall(r"(?:src|href)=\"(/[^\"]+)\"", text):
                async with client.get(file) as answer:
                    assert answer.status in (200, 503), file
