"""Hostile uploads through the HTTP interface: each is refused within seconds, and the service continues."""

import asyncio
import time
from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any

import aiohttp
import pytest

from tests.environment import Environment
from tests.integration.documents.document_fixtures import answered, letter_of, maintainer, prepared, uploaded
from tests.unit.documents import uploads
from tests.unit.documents.pdf_builders import pattern

pytestmark = pytest.mark.asyncio(loop_scope="session")
MEGABYTE = 1024 * 1024
PDF = "application/pdf"
SLOW_PDF = pattern(0.05, 600)
HONEST_SECONDS = 5
SLOW_ENDS = {(413, "drawing-too-complex"), (429, "too-many-uploads-at-once")}
REFUSED: dict[str, tuple[bytes, str, int, str]] = {
    "no pdf": (b"%PDF-1.7\nhello", "application/pdf", 422, "not-a-pdf"),
    "encrypted": (uploads.encrypted_pdf("secret"), "application/pdf", 422, "pdf-encrypted"),
    "5,000 pages": (uploads.many_pages(5000), "application/pdf", 413, "too-many-pages"),
    "bomb": (uploads.content_bomb(1024**3), "application/pdf", 413, "decompression-bomb"),
    "javascript": (uploads.with_javascript(), "application/pdf", 422, "pdf-carries-active-content"),
    "60,000 × 60,000": (uploads.huge_png(60_000), "image/png", 413, "picture-too-large"),
    "text": (b"hello", "image/jpeg", 415, "format-not-accepted"),
    "nothing": (b"", "application/pdf", 422, "nothing-uploaded"),
    "a text": (b"hello", "text/plain", 415, "format-not-accepted"),
    "a text announced as a pdf": (b"hello", "application/pdf", 415, "format-not-accepted"),
    "no form": (b"hello", "multipart/form-data; boundary=x", 422, "upload-malformed"),
    "form without boundary": (b"hello", "multipart/form-data", 422, "upload-malformed"),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_a_hostile_file_is_refused_within_seconds_and_the_next_upload_is_accepted(
    office: Environment, name: str
) -> None:
    content, media_type, status, code = REFUSED[name]
    async with office.client("documents", maintainer()) as client:
        began = time.perf_counter()
        headers = {"Content-Type": media_type, "Accept-Language": "en"}
        problem = await answered(await client.post("/documents", data=content, headers=headers), status)
        assert time.perf_counter() - began < 10
        assert problem["code"] == code
        assert problem["title"]
        assert await uploaded(client, uploads.pdf_of(uploads.empty_pdf()))


async def test_six_slow_files_of_one_account_delay_neither_a_photo_nor_a_letter(office: Environment) -> None:
    honest = maintainer()
    photo = uploads.saved(uploads.marked_picture(), "JPEG")
    async with office.client("documents", maintainer()) as other, office.client("documents", honest) as client:
        posts = [other.post("/documents", data=SLOW_PDF, headers={"Content-Type": PDF}) for _ in range(6)]
        slow = [asyncio.create_task(answer_of_slow(post)) for post in posts]
        began = time.perf_counter()
        assert await uploaded(client, photo, "image/jpeg")
        assert await letter_of(office, honest, prepared(honest))
        assert time.perf_counter() - began < HONEST_SECONDS
        assert (await client.get("/health/ready")).status == 200
        assert set(await asyncio.gather(*slow)) <= SLOW_ENDS


async def answer_of_slow(post: Any) -> tuple[int, str]:
    """Status and code of an answer."""
    async with post as answer:
        return answer.status, (await answer.json(content_type=None)).get("code", "")


async def test_a_body_over_the_limit_is_refused_with_and_without_a_content_length(office: Environment) -> None:
    async def unending() -> AsyncIterator[bytes]:
        while True:
            yield bytes(MEGABYTE)

    headers = {"Content-Type": "application/pdf"}
    async with office.client("documents", maintainer()) as client:
        reply = await client.post("/documents", data=BytesIO(bytes(51 * MEGABYTE)), headers=headers)
        assert (await answered(reply, 413))["code"] == "body-too-large"
        assert await _refused_on_the_way(client, unending(), headers)
        assert await uploaded(client, uploads.pdf_of(uploads.empty_pdf()))


async def test_a_form_of_too_many_files_is_refused(office: Environment) -> None:
    form = aiohttp.FormData()
    for number in range(61):
        form.add_field("file", uploads.pdf_of(uploads.empty_pdf()), filename=f"{number}.pdf")
    async with office.client("documents", maintainer()) as client:
        assert (await answered(await client.post("/documents", data=form), 413))["code"] == "too-many-files"


async def test_headers_and_parameters_are_checked_too(office: Environment) -> None:
    headers = {"Content-Type": "application/pdf"}
    async with office.client("documents", maintainer()) as client:
        for query in ("rotations=45", "rotations=90,90", f"name={'x' * 201}", "unknown=1"):
            answer = await client.post(f"/documents?{query}", data=b"%PDF-", headers=headers)
            assert (await answered(answer, 422))["code"] == "fields-refused"


async def test_an_interrupted_upload_gets_a_4xx_and_the_next_is_accepted(office: Environment) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", office.port("documents"))
    token = office.token(maintainer(), "documents")
    head = f"POST /documents HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
    head += "Content-Type: application/pdf\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n%PDF-\r\nzz\r\n"
    writer.write(head.encode())
    await writer.drain()
    answer = await reader.read(4096)
    writer.close()
    assert b" 4" in answer.split(b"\r\n")[0]
    async with office.client("documents", maintainer()) as client:
        assert await uploaded(client, uploads.pdf_of(uploads.empty_pdf()))


async def _refused_on_the_way(client: aiohttp.ClientSession, body: Any, headers: dict[str, str]) -> bool:
    """Whether the answer is a refusal, or the connection was closed while the client was still sending."""
    try:
        answer = await client.post("/documents", data=body, headers=headers)
    except (aiohttp.ClientError, ConnectionError):
        return True
    return bool((await answered(answer, 413))["code"] == "body-too-large")
