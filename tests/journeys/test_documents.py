"""Attachments: photos and files become one PDF, whose pages are put in order."""

from io import BytesIO
from typing import Any

import aiohttp
import pillow_heif
import pypdfium2
import pytest
from PIL import Image

from deploy.laptop.demo.person import Refused
from deploy.laptop.demo.sample_files import as_pdf, as_photo
from deploy.laptop.stack.platform import Platform
from tests.platforms import a_journey

pytestmark = pytest.mark.xdist_group("platform")

RED, GREEN, BLUE, WHITE = (200, 30, 30), (30, 160, 30), (30, 30, 200), (255, 255, 255)


def photo(colour: tuple[int, int, int]) -> Image.Image:
    """An upright page whose upper half has the colour."""
    page = Image.new("RGB", (600, 800), WHITE)
    page.paste(colour, (0, 0, 600, 400))
    return page


def saved(page: Image.Image, kind: str) -> bytes:
    """The photo in a format."""
    out = BytesIO()
    page.save(out, kind)
    return out.getvalue()


def colour_at(page: Image.Image, x: float, y: float) -> tuple[int, int, int] | None:
    """Which of the colours is at a place of the page, given in shares of its width and height."""
    seen = page.getpixel((int(page.width * x), int(page.height * y)))
    assert isinstance(seen, tuple)
    near = (
        each
        for each in (RED, GREEN, BLUE, WHITE)
        if all(abs(a - b) < 40 for a, b in zip(seen, each, strict=False))
    )
    return next(near, None)


def pages_of(pdf: bytes) -> list[Image.Image]:
    """The pages as they are seen."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.render(scale=0.5).to_pil().convert("RGB").copy() for page in document]
    finally:
        document.close()


def upper_halves(pdf: bytes) -> list[tuple[int, int, int] | None]:
    """The colour of each page's upper half."""
    return [colour_at(page, 0.5, 0.3) for page in pages_of(pdf)]


@pytest.mark.requirement("INS-12")
async def test_photos_and_files_become_one_pdf_whose_pages_are_turned_and_reordered(platform: Platform) -> None:
    pillow_heif.register_heif_opener()
    files = (
        (as_photo(photo(RED)), "image/jpeg"),
        (saved(photo(GREEN).rotate(180), "PNG"), "image/png"),
        (saved(photo(BLUE), "HEIF"), "image/heic"),
        (as_pdf(photo(RED)), "application/pdf"),
    )
    async with a_journey(platform) as one:
        await one.register()

        async def content(document: dict[str, Any]) -> bytes:
            pdf: bytes = await one.person.get(f"/documents/{document['document_id']}/content")
            assert pdf.startswith(b"%PDF-")
            return pdf

        form = aiohttp.MultipartWriter("form-data")
        for number, (body, media_type) in enumerate(files):
            part = form.append(body, {"Content-Type": media_type})
            part.set_content_disposition("form-data", name="file", filename=f"{number}.bin")
        merged = await one.person.post(
            "/documents", data=form, params={"name": "执业许可证.pdf", "rotations": "0,180,0,0"}
        )
        assert (merged["pages"], merged["media_type"]) == (4, "application/pdf")
        assert upper_halves(await content(merged)) == [RED, GREEN, BLUE, RED]
        path = f"/documents/{merged['document_id']}/arrangements"
        order = {"pages": [{"page": 3}, {"page": 1}, {"page": 2, "turn": 180}]}
        arranged = await one.person.post(path, json=order)
        assert (arranged["pages"], arranged["name"]) == (3, "执业许可证.pdf")
        assert upper_halves(await content(arranged)) == [BLUE, RED, WHITE]
        # The document that it was made of stays as it was.
        assert upper_halves(await content(merged)) == [RED, GREEN, BLUE, RED]
        with pytest.raises(Refused) as beyond:
            await one.person.post(path, json={"pages": [{"page": 5}]})
        assert (beyond.value.status, beyond.value.code) == (422, "no-such-page")
        # Its receipt attaches it to a record.
        await one.add_institution()
        await one.authorise()
        await one.nation_approves_mandate()
        record = f"/institutions/{one.institution['record_id']}"
        attached = await one.person.put(
            record, json={"version": 1, "attachments": {"licence": arranged["receipt"]}}
        )
        assert attached["attachments"]["licence"]["pages"] == 3
    async with a_journey(platform) as other:
        await other.register()
        with pytest.raises(Refused) as foreign:
            await other.person.post(path, json=order)
        assert foreign.value.status == 404
