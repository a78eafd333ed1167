"""Hostile bodies through the gateway: each is refused within seconds, in bounded memory; the service continues."""

import asyncio
import gzip
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from io import BytesIO

import aiohttp
import pytest

from deploy.laptop.demo.journey import Journey
from deploy.laptop.demo.person import Refused
from deploy.laptop.stack.platform import Platform
from tests.environment import until
from tests.platforms import a_journey
from tests.security.memory_usage import MEGABYTE, Peak, watched_memory
from tests.unit.documents import uploads

pytestmark = pytest.mark.xdist_group("platform")

SECONDS = 15
AT_ONCE = 2
# Seen: 106 MB for a worker, 146 MB for the service. Unfolded, the bomb alone would be 1,024 MB and the picture
# 10,800 MB.
WORKER_MB, SERVICE_MB = 400, 300
# What twenty requests of 40 KB may add.
GROWTH_MB = 15
HOSTILE: dict[str, tuple[Callable[[], bytes], str, int, str]] = {
    "no pdf": (lambda: b"%PDF-1.7\nhello", "application/pdf", 422, "not-a-pdf"),
    "encrypted": (lambda: uploads.encrypted_pdf("secret"), "application/pdf", 422, "pdf-encrypted"),
    "5,000 pages": (lambda: uploads.many_pages(5000), "application/pdf", 413, "too-many-pages"),
    "bomb": (lambda: uploads.content_bomb(1024**3), "application/pdf", 413, "decompression-bomb"),
    "javascript": (uploads.with_javascript, "application/pdf", 422, "pdf-carries-active-content"),
    "60,000 × 60,000": (lambda: uploads.huge_png(60_000), "image/png", 413, "picture-too-large"),
}


async def refused(one: Journey, content: bytes, media_type: str) -> tuple[int, str, float]:
    """The status, code and duration of a refusal."""
    began = time.perf_counter()
    with pytest.raises(Refused) as refusal:
        await one.person.upload("/documents", content, media_type, "文件")
    assert refusal.value.problem["title"]
    return refusal.value.status, refusal.value.code, time.perf_counter() - began


async def taken(one: Journey) -> bool:
    """Whether a valid document is accepted."""
    return bool(
        await one.person.upload("/documents", uploads.pdf_of(uploads.empty_pdf()), "application/pdf", "好")
    )


async def test_concurrent_hostile_files_are_each_refused(platform: Platform) -> None:
    files = [(made(), media_type, (status, code)) for made, media_type, status, code in HOSTILE.values()] * AT_ONCE
    async with a_journey(platform) as one:
        await one.register()
        service = platform.identity("documents")
        async with watched_memory(service.pid) as peak:
            answers = await asyncio.gather(
                *(refused(one, content, media_type) for content, media_type, _ in files)
            )
            assert await taken(one)
    assert [(status, code) for status, code, _ in answers] == [due for _, _, due in files]
    assert max(seconds for *_, seconds in answers) < SECONDS
    assert platform.identity("documents") == service
    assert 0 < peak.worker <= WORKER_MB
    assert 0 < peak.own <= SERVICE_MB


async def test_a_body_over_the_limit_is_refused_and_not_held_in_memory(platform: Platform) -> None:
    async def unending() -> AsyncIterator[bytes]:
        while True:
            yield bytes(MEGABYTE)

    async with a_journey(platform) as one:
        await one.register()
        url = f"{platform.describe()['gateway']}/api/v1/documents"
        headers = {"Content-Type": "application/pdf", **one.person.authorization}
        parts = {name: platform.identity(name) for name in ("gateway", "documents")}
        async with watched_memory(parts["gateway"].pid) as gateway, watched_memory(parts["documents"].pid) as own:
            for body in (BytesIO(bytes(60 * MEGABYTE)), unending()):
                assert await _too_large(one.http, url, body, headers)
            assert await taken(one)
    assert {name: platform.identity(name) for name in parts} == parts
    assert max(gateway.own, own.own) <= SERVICE_MB


async def test_a_compressed_body_is_refused_before_it_is_inflated(platform: Platform) -> None:
    """Without a session, 40 KB of gzip are not inflated, at the gateway and at a service itself."""
    bomb = gzip.compress(bytes(40 * MEGABYTE))
    parts = {name: platform.identity(name).pid for name in ("gateway", "documents", "registry")}
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    async with aiohttp.ClientSession() as http, AsyncExitStack() as stack:
        peaks = [await stack.enter_async_context(watched_memory(pid)) for pid in parts.values()]
        resting = [await _at_rest(peak) for peak in peaks]
        for path in ("/sessions", "/accounts", "/documents", "/letters/x/scans"):
            url = f"{platform.describe()['gateway']}/api/v1{path}"
            for _ in range(5):
                async with http.post(url, data=bomb, headers=headers) as answer:
                    problem = await answer.json(content_type=None)
                    assert (answer.status, problem["code"]) == (415, "content-encoding-refused")
    assert [peak.own - rest < GROWTH_MB for peak, rest in zip(peaks, resting, strict=True)] == [True] * 3


async def _at_rest(peak: Peak) -> int:
    """The memory of a process before any request."""

    async def seen() -> int:
        return peak.own

    return int(await until(seen, what="its memory"))


async def _too_large(http: aiohttp.ClientSession, url: str, body: object, headers: dict[str, str]) -> bool:
    """Whether the answer is 413, or the connection was closed while the client was still sending."""
    try:
        async with http.post(url, data=body, headers=headers) as answer:
            problem = await answer.json(content_type=None)
            return answer.status == 413 and problem["code"] == "body-too-large"
    except (aiohttp.ClientError, ConnectionError):
        return True
