"""A printed certificate of a code: downloaded as a PDF, and checked by anybody by its QR code."""

from typing import Any
from urllib.parse import urldefrag

import aiohttp
import pytest
import zxingcpp

from deploy.laptop.demo.person import Person, Refused
from deploy.laptop.stack.platform import Platform
from services.documents.pdf.rendering import opened, render
from tests.journeys.test_institutions import save
from tests.journeys.test_number_changes import coded
from tests.platforms import a_journey, approved

pytestmark = pytest.mark.xdist_group("platform")


def read_by_camera(pdf: bytes) -> tuple[str, str]:
    """The text of the paper, without spaces, and of its QR code as a camera reads it."""
    with opened(pdf) as document:
        assert len(document) == 1
        text = "".join(document[0].get_textpage().get_text_range().split())
        [code] = zxingcpp.read_barcodes(render(document, 0, 150))
    return text, str(code.text)


async def page_of(address: str) -> str:
    """The page for people at an address."""
    async with aiohttp.ClientSession() as http, http.get(address) as answer:
        assert answer.status == 200
        return await answer.text()


async def refusal(anybody: Person, token: str) -> Refused:
    """Why a text is no certificate."""
    with pytest.raises(Refused) as refused:
        await anybody.get(f"/certificates/{token}")
    return refused.value


@pytest.mark.requirement("COD-6")
async def test_anybody_checks_a_printed_certificate_and_reads_the_history_of_its_code(platform: Platform) -> None:
    async with a_journey(platform) as one:
        path = await coded(one)
        code, name = one.institution["code"], one.name
        anybody = Person(one.http, one.description["gateway"], "anybody", "")
        with pytest.raises(Refused) as unknown:
            await anybody.get(f"/codes/{code}/certificate")
        assert unknown.value.status == 401
        text, address = read_by_camera(await one.person.get(f"/codes/{code}/certificate"))
        assert code in text
        assert name in text
        page, token = urldefrag(address)
        assert "/certificate.js" in await page_of(page)
        found = await anybody.get(f"/certificates/{token}")
        assert (found["state"], found["certified_name"], found["code"]["code"]) == ("current", name, code)
        head, body, signature = token.split(".")
        for wrong in (token[:-5], f"{head}.{body[::-1]}.{signature}", f"{token}A", "H43030200001"):
            refused = await refusal(anybody, wrong)
            assert (refused.status, refused.code) == (422, "certificate-not-genuine")

        renamed = f"{name}新院"
        await save(one, path, name=renamed)
        seen = await one.person.get(path)
        one.institution = await one.person.post(f"{path}/submission", json={"version": seen["version"]})
        await approved(one)
        after: dict[str, Any] = await anybody.until(
            f"/certificates/{token}", lambda checked: checked["state"] == "superseded"
        )
        assert (after["certified_name"], after["code"]["name"]) == (name, renamed)
        assert [each["name"] for each in (await anybody.get(f"/codes/{code}"))["names"]] == [name, renamed]
