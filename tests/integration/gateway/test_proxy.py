"""Requests reach the service of their collection, and nothing else; bodies pass without being held."""

import asyncio
import gzip
import hashlib
import itertools
import resource
import socket
from collections.abc import AsyncIterator
from io import BytesIO

import aiohttp

from tests.environment import Environment, until
from tests.integration.gateway.fakes import (
    ACCOUNT,
    MEGABYTE,
    bearing,
    documents,
    platform,
    registry,
    signed_in,
    stood_in,
)

PDF = {"Content-Type": "application/pdf"}
JSON = {"Content-Type": "application/json"}


async def test_what_the_service_needs_goes_along_and_nothing_else(environment: Environment) -> None:
    async with platform(environment, registry()) as client:
        headers = {
            "Accept-Language": "en",
            "Idempotency-Key": "k1",
            "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "X-Correlation-ID": "office-4711",
            "X-Forwarded-For": "203.0.113.9",
            "X-Anything": "else",
            "Cookie": "theirs=1",
        }
        async with client.get("/api/v1/regions", params={"q": "湘 潭"}, headers=headers) as answer:
            seen = (await answer.json())["headers"]
            assert answer.headers["X-Correlation-ID"] == "office-4711"
        for name in ("Accept-Language", "Idempotency-Key", "traceparent", "X-Correlation-ID"):
            assert seen[name] == headers[name]
        assert seen["X-Forwarded-For"] == "127.0.0.1"
        assert not {"Cookie", "X-Anything", "Authorization"} & set(seen)


async def test_a_correlation_id_that_is_not_sane_is_replaced(environment: Environment) -> None:
    async with platform(environment, registry()) as client:
        given = "x" * 300
        async with client.get("/api/v1/regions", headers={"X-Correlation-ID": given}) as answer:
            own = answer.headers["X-Correlation-ID"]
            assert own != given
            assert (await answer.json())["headers"]["X-Correlation-ID"] == own


async def test_a_token_of_the_inside_is_no_session(environment: Environment) -> None:
    headers = bearing(environment.token(ACCOUNT, "registry"))
    async with (
        platform(environment, registry()) as client,
        client.get("/api/v1/regions", headers=headers) as answer,
    ):
        assert answer.status == 401


async def test_nothing_but_the_collections_can_be_reached(environment: Environment) -> None:
    paths = (
        "/internal/credentials",
        "/internal/openapi.json",
        "/api/v1/internal/credentials",
        "/api/v1/regions/../internal/openapi.json",
        "/api/v1/regions/%2e%2e/internal/openapi.json",
        "/api/v1/regions/..%2finternal/openapi.json",
        "/api/v1//internal/openapi.json",
        "/api/v1/health/live",
        "/api/v1/metrics",
        "/%69nternal/openapi.json",
        "/%69nternal/credentials",
        "/INTERNAL/openapi.json",
        "/./internal/openapi.json",
        "//internal/openapi.json",
        "/x/%2e%2e/internal/openapi.json",
        "/metrics",
        "/%6detrics",
        "/api/v1/%72egions",
        "/api/v1/regions/%2e/43",
        "/api/v1/./regions",
        "/api/v1/nothing",
        "/api/v1/",
        "/api/v2/regions",
        "http://elsewhere.example/api/v1/internal/credentials",
    )
    async with platform(environment, registry()):
        for path in paths:
            for method in ("GET", "POST"):
                status, body = await _raw(
                    environment, f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
                )
                assert (status, b"no-such-path" in body) == (404, True), path
        status, _ = await _raw(environment, "GET http://x/api/v1/regions HTTP/1.1\r\nHost: x\r\n\r\n")
        assert status == 200


async def test_a_method_that_a_path_has_not_is_refused_with_those_that_it_has(environment: Environment) -> None:
    async with platform(environment, registry()) as client:
        for path, allowed in (
            ("/api/v1/regions", "GET, HEAD"),
            ("/api/v1/regions/43", "PUT"),
            ("/api/v1/sessions", "DELETE, GET, HEAD, POST"),
            ("/api/v1/openapi.json", "GET, HEAD"),
        ):
            for method in ("TRACE", "OPTIONS", "PATCH"):
                async with client.request(method, path, headers={"X-Fuma-Page": "1"}) as answer:
                    assert (answer.status, answer.headers["Allow"]) == (405, allowed), (method, path)
                    assert (await answer.json())["code"] == "method-not-allowed"


async def test_what_can_be_read_has_a_head(environment: Environment) -> None:
    async with platform(environment, registry(), documents()) as client:
        for path in ("/api/v1/asyncapi.json", "/api/v1/docs", "/api/v1/documents/1/content"):
            async with client.get(path) as answer:
                read, length = answer.status, answer.headers.get("Content-Length")
                await answer.read()
            async with client.head(path) as answer:
                assert (answer.status, read, await answer.read()) == (200, 200, b"")
                assert answer.headers.get("Content-Length") == length


async def test_compressed_bodies_are_refused_and_not_inflated(environment: Environment) -> None:
    """40 KB that would become 40 MB cost nothing, wherever they are sent."""
    bomb = gzip.compress(bytes(40 * MEGABYTE))
    paths = ("/api/v1/documents", "/api/v1/sessions", "/api/v1/letters", "/api/v1/regions/43", "/api/v1/documents")
    async with platform(environment, registry(), documents()) as client:
        async with client.post("/api/v1/documents", data=b"%PDF", headers=PDF) as answer:
            assert answer.status == 201
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for path, kind, encoding in itertools.product(paths, (PDF, JSON), ("gzip", "deflate", "br", "GZIP, gzip")):
            headers = {**kind, "Content-Encoding": encoding}
            async with client.request(
                "PUT" if "43" in path else "POST", path, data=bomb, headers=headers
            ) as answer:
                assert answer.status == 415, (path, await answer.text())
                assert (await answer.json())["code"] == "content-encoding-refused"
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20 * 1024
        head = "POST /api/v1/documents HTTP/1.1\r\nHost: x\r\nContent-Type: application/pdf\r\n"
        coded = "Transfer-Encoding: gzip, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
        status, body = await _raw(environment, head + coded)
        assert (status, b"content-encoding-refused" in body) == (415, True)


async def test_a_body_that_does_not_arrive_gives_its_connection_back(environment: Environment) -> None:
    """A client that sends too slowly is refused, and the service is not blocked."""
    slow = {"body_grace_seconds": 0.3, "body_bytes_per_second": 100_000}
    async with platform(environment, registry(), documents(), **slow) as client:
        token = await signed_in(client)
        for path, kind, length in (
            ("POST /api/v1/documents", "application/pdf", MEGABYTE),
            ("PUT /api/v1/regions/43", "application/json", 100),
        ):
            head = f"{path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: {kind}\r\n"
            status, body = await _raw(environment, f"{head}Content-Length: {length}\r\n\r\nx")
            assert (status, b"body-too-slow" in body) == (408, True), body
        async with client.post("/api/v1/documents", data=b"%PDF", headers=PDF) as answer:
            assert answer.status == 201


async def test_operational_details_are_served_on_their_own_port_only(environment: Environment) -> None:
    async with platform(environment, registry()) as client:
        for path, keys in (("/health/live", {"status"}), ("/health/ready", {"status"})):
            async with client.get(path) as answer:
                assert set(await answer.json()) == keys
        assert (await environment.health("gateway"))[1]["wrong"] == {}
        url = f"http://127.0.0.1:{environment.port('gateway-operations')}/metrics"
        async with aiohttp.ClientSession() as operator, operator.get(url) as answer:
            assert "http_" in await answer.text()


async def test_a_large_upload_passes_unchanged_and_is_not_held_in_memory(environment: Environment) -> None:
    piece = bytes(range(256)) * 1024
    count = 50 * MEGABYTE // len(piece)
    digest = hashlib.sha256()
    for _ in range(count):
        digest.update(piece)

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(count):
            yield piece

    async with platform(environment, registry(), documents()) as client:
        async with client.post("/api/v1/documents", data=b"%PDF", headers=PDF) as answer:
            assert (await answer.json())["size"] == 4
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for headers in (PDF, PDF | {"Content-Length": str(50 * MEGABYTE)}):
            async with client.post("/api/v1/documents", data=pieces(), headers=headers) as answer:
                stored = await answer.json()
            assert stored == {"size": 50 * MEGABYTE, "sha256": digest.hexdigest()}
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 30 * 1024


async def test_a_large_file_comes_back_unchanged(environment: Environment) -> None:
    async with platform(environment, documents()) as client, client.get("/api/v1/documents/20/content") as answer:
        content = await answer.read()
        assert answer.status == 200
        assert len(content) == 20 * MEGABYTE
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["Content-Security-Policy"].startswith("sandbox")
        assert answer.headers["X-Correlation-ID"]


async def test_a_body_above_the_limit_is_refused_before_it_is_read(environment: Environment) -> None:
    async with platform(environment, registry(), documents(), upload_limit_mb=2, body_limit_mb=1) as client:
        head = "POST /api/v1/documents HTTP/1.1\r\nHost: x\r\nContent-Type: application/pdf\r\n"
        status, body = await _raw(environment, f"{head}Content-Length: {3 * MEGABYTE}\r\n\r\n")
        assert (status, b"body-too-large" in body) == (413, True)
        async with client.put("/api/v1/regions/43", data=BytesIO(b" " * 2 * MEGABYTE), headers=JSON) as answer:
            assert answer.status == 413
            assert (await answer.json())["limit_mb"] == 1

        async def endless() -> AsyncIterator[bytes]:
            for _ in range(50):
                yield bytes(100_000)

        async with client.post("/api/v1/documents", data=endless(), headers=PDF) as answer:
            assert answer.status == 413
        async with client.post("/api/v1/documents", data=b"%PDF", headers=PDF) as answer:
            assert answer.status == 201


async def test_a_service_may_refuse_a_large_body_before_it_has_read_it(environment: Environment) -> None:
    async with platform(environment, documents()) as client:
        for _ in range(5):
            upload = BytesIO(bytes(4 * MEGABYTE))
            async with client.post(
                "/api/v1/letters", data=upload, headers={"Content-Type": "text/plain"}
            ) as answer:
                assert answer.status == 415, await answer.text()
                assert (await answer.json())["code"] == "media-type-not-accepted"


async def test_an_interrupted_upload_does_not_arrive_as_complete(environment: Environment) -> None:
    async with platform(environment, documents()) as client:
        reader, writer = await asyncio.open_connection("127.0.0.1", environment.port("gateway"))
        head = "POST /api/v1/documents HTTP/1.1\r\nHost: x\r\nContent-Type: application/pdf\r\n"
        writer.write(f"{head}Content-Length: {MEGABYTE}\r\n\r\n".encode() + bytes(MEGABYTE // 2))
        await writer.drain()
        writer.close()
        assert await reader.read() == b""
        async with client.post("/api/v1/documents", data=b"%PDF", headers=PDF) as answer:
            assert (await answer.json())["size"] == 4


async def test_an_unreachable_service_gives_503_until_it_returns(environment: Environment) -> None:
    async with platform(environment) as client:
        async with client.get("/api/v1/regions", headers={"Accept-Language": "en"}) as answer:
            assert answer.status == 503
            assert answer.headers["Retry-After"] == "2"
            assert (await answer.json())["code"] == "service-unavailable"
        async with stood_in(environment, registry()), client.get("/api/v1/regions") as answer:
            assert answer.status == 200
        async with client.get("/api/v1/regions") as answer:
            assert answer.status == 503


async def test_a_request_that_changes_something_is_never_sent_twice(environment: Environment) -> None:
    """A service that takes requests and breaks the connection counts how often it was asked."""
    asked: list[bytes] = []

    async def break_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).split(b" ", 1)[0])
        writer.close()

    async with (
        platform(environment) as client,
        await asyncio.start_server(break_off, "127.0.0.1", environment.port("registry"), family=socket.AF_INET),
    ):

        async def not_asked_for_its_description() -> bool:
            asked.clear()
            return True

        await until(not_asked_for_its_description)
        for method in ("PUT", "POST", "DELETE"):
            async with client.request(method, "/api/v1/regions/43", json={}) as answer:
                assert answer.status == 503
                assert (await answer.json())["code"] == "outcome-unknown"
    assert sorted(one for one in asked if one != b"GET") == [b"DELETE", b"POST", b"PUT"]


async def test_a_session_costs_no_query_for_each_request(environment: Environment) -> None:
    async with platform(environment, registry(), session_cache_seconds=60) as client:
        token = await signed_in(client)
        seen: set[str] = set()
        for _ in range(5):
            async with client.get("/api/v1/regions", headers=bearing(token)) as answer:
                seen.add((await answer.json())["headers"]["Authorization"])
            async with environment.postgres("gateway") as rows:
                await rows.execute("DELETE FROM session")
    assert len(seen) == 1


async def _raw(environment: Environment, request: str) -> tuple[int, bytes]:
    """Sends a request as it is written here, which no client library would do."""
    reader, writer = await asyncio.open_connection("127.0.0.1", environment.port("gateway"))
    writer.write(request.encode())
    async with asyncio.timeout(10):
        head = await reader.readuntil(b"\r\n\r\n")
        body = await reader.read(4096)
    writer.close()
    return int(head.split(b" ", 2)[1]), body
