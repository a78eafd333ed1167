"""Letters and their scans: the same letter for everybody who asks, and no scan in place of another."""

import asyncio
from typing import Any

import aiohttp
import pytest
import qrcode

from deploy.laptop.demo.journey import SCOPES, Journey
from deploy.laptop.demo.person import Refused
from deploy.laptop.demo.sample_files import as_pdf, picture
from deploy.laptop.demo.scan_simulation import stamp_and_scan
from deploy.laptop.stack.platform import Platform
from services.documents.pdf.seal import seal
from tests.platforms import a_journey

pytestmark = pytest.mark.xdist_group("platform")


async def prepared(one: Journey) -> str:
    """The path of the letter of somebody who has just asked to be authorised."""
    await one.register()
    await one.add_institution()
    wanted = {"scopes": SCOPES, "provider_ids": [one.institution["record_id"]]}
    one.authorisation = await one.person.post("/authorisations", json=wanted)
    return f"/letters/{one.authorisation['authorisation_id']}"


async def refused_scan(one: Journey, path: str, content: bytes) -> Refused:
    """Why a PDF is not taken as the scan of a letter."""
    with pytest.raises(Refused) as refused:
        await one.person.upload(f"{path}/scans", content, "application/pdf", "扫描件.pdf")
    return refused.value


async def authorisation_of(one: Journey, **wanted: Any) -> dict[str, Any]:
    """The authorisation once it is so."""
    path = f"/authorisations/{one.authorisation['authorisation_id']}"
    found: dict[str, Any] = await one.person.until(
        path, lambda seen: all(seen[name] == value for name, value in wanted.items())
    )
    return found


@pytest.mark.requirement("AUT-5")
async def test_a_letter_asked_for_ten_times_at_once_is_the_same_to_the_byte(platform: Platform) -> None:
    async with a_journey(platform) as one:
        path = await prepared(one)
        letters = await asyncio.gather(*(one.person.get(f"{path}/content") for _ in range(10)))
    assert letters[0].startswith(b"%PDF-")
    assert len(set(letters)) == 1


@pytest.mark.requirement("AUT-5")
async def test_only_the_letter_in_force_of_the_own_application_is_taken(platform: Platform) -> None:
    async with a_journey(platform) as one, a_journey(platform) as other:
        path, others_path = await prepared(one), await prepared(other)
        old = await one.person.get(f"{path}/content")
        foreign = await other.person.get(f"{others_path}/content")
        narrower = {"scopes": ["institution"], "provider_ids": [one.institution["record_id"]]}
        known = await authorisation_of(one, state="prepared")
        changed = await one.person.put(
            f"/authorisations/{known['authorisation_id']}", json={"version": known["version"], **narrower}
        )
        assert changed["letter_version"] == 2
        renewed = await one.person.get(f"{path}/content", params={"letter_version": "2"})
        assert renewed != old
        outdated = await refused_scan(one, path, old)
        assert (outdated.status, outdated.code) == (409, "letter-outdated")
        another = await refused_scan(one, path, foreign)
        assert (another.status, another.code) == (409, "letter-of-another-application")
        await authorisation_of(one, state="prepared", letter_version=2)
        scan = await one.person.upload(f"{path}/scans", renewed, "application/pdf", "扫描件.pdf")
        assert (scan["recognised"], scan["letter_version"]) == (True, 2)
        await authorisation_of(one, state="submitted")


@pytest.mark.requirement("AUT-6")
async def test_a_scan_is_recognised_and_what_is_none_has_an_answer_of_its_own(platform: Platform) -> None:
    async with a_journey(platform) as one, a_journey(platform) as other:
        path, others_path = await prepared(one), await prepared(other)
        letter = await one.person.get(f"{path}/content")
        foreign = await other.person.get(f"{others_path}/content")
        forged = seal(b"f" * 32, one.authorisation["letter_number"], 1)
        unread = as_pdf(picture("授权书", ["没有二维码"]))
        for content, due in (
            (foreign, (409, "letter-of-another-application")),
            (as_pdf(qrcode.make(forged).get_image().convert("RGB")), (422, "letter-forged")),
            (unread, (422, "letter-not-recognised")),
        ):
            refused = await refused_scan(one, path, content)
            assert (refused.status, refused.code) == due
            assert refused.problem["title"]
        assert refused.problem["help_title"] == "附件无法识别时，如何操作？"
        assert (await authorisation_of(one, state="prepared"))["scan"] is None
        # A photo of the stamped page, upside down and askew, behind another page.
        [photo] = await asyncio.to_thread(stamp_and_scan, letter, seed=one.seed % 2**31)
        form = aiohttp.MultipartWriter("form-data")
        for name, body, media_type in (("1.pdf", unread, "application/pdf"), ("2.jpg", photo, "image/jpeg")):
            part = form.append(body, {"Content-Type": media_type})
            part.set_content_disposition("form-data", name="file", filename=name)
        scan = await one.person.post(f"{path}/scans", data=form, params={"rotations": "0,180"})
        assert (scan["recognised"], scan["letter_number"]) == (True, one.authorisation["letter_number"])
        submitted = await authorisation_of(one, state="submitted")
        assert (submitted["scan"]["pages"], submitted["scan"]["recognised"]) == (2, True)
        # What nothing can read goes to a person, with the number typed in.
        number = {"letter_number": other.authorisation["letter_number"].lower()}
        typed = await other.person.upload(
            f"{others_path}/scans", unread, "application/pdf", "授权书.pdf", **number
        )
        assert (typed["recognised"], typed["letter_number"]) == (False, other.authorisation["letter_number"])
        nation = await one.known("nation.reviewer").sign_in()
        for each, recognised in ((one, True), (other, False)):
            subject = f"/subjects/{each.authorisation['authorisation_id']}/case"
            case = await nation.until(subject, lambda seen: seen["actions"])
            assert case["values"]["scan_recognised"] is recognised
            scanned = await nation.get(f"/documents/{case['attachments'][0]['document_id']}/content")
            assert scanned.startswith(b"%PDF-")
