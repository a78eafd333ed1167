"""A zip of papers, some of them broken: each good one becomes a document that attaches to a record."""

import pytest

from deploy.laptop.demo.person import Refused
from deploy.laptop.demo.sample_files import as_pdf, as_photo
from deploy.laptop.stack.platform import Platform
from tests.journeys.test_documents import BLUE, GREEN, RED, photo
from tests.platforms import a_journey
from tests.unit.documents.archives import zip_of

pytestmark = pytest.mark.xdist_group("platform")

GOOD, BROKEN = 12, 3


async def test_each_paper_of_a_zip_becomes_a_document_and_the_broken_ones_are_named(platform: Platform) -> None:
    colours = (RED, GREEN, BLUE)
    papers = [(f"许可证/{number}.pdf", as_pdf(photo(colours[number % 3]))) for number in range(GOOD - 1)]
    broken = [(f"许可证/坏{number}.pdf", papers[number][1][:150]) for number in range(BROKEN)]
    archive = zip_of([*papers, ("许可证/照片.jpg", as_photo(photo(RED))), *broken])
    async with a_journey(platform) as one:
        await one.register()
        taken = await one.person.upload("/document-archives", archive, "application/zip", "证件.zip")
        assert (taken["name"], taken["files"]) == ("证件.zip", GOOD + BROKEN)
        # The page that asked watches it go.
        job = await one.person.until(f"/documents-jobs/{taken['job_id']}", lambda seen: seen["ended_at"])
        assert (job["state"], job["done"], job["total"]) == ("succeeded", GOOD + BROKEN, GOOD + BROKEN)
        path = f"/document-archives/{taken['archive_id']}/entries"
        entries = (await one.person.get(path))["items"]
        accepted = {entry["name"]: entry for entry in entries if entry["state"] == "accepted"}
        refused = {entry["name"]: entry["problem"] for entry in entries if entry["state"] == "refused"}
        assert (len(accepted), sorted(refused)) == (GOOD, [name for name, _ in broken])
        assert all(problem["zh"] and problem["en"] and problem["next_zh"] for problem in refused.values())
        # The same zip again is the same one, with the same documents.
        again = await one.person.upload("/document-archives", archive, "application/zip", "又一次.zip")
        assert again["archive_id"] == taken["archive_id"]
        # A document's receipt attaches it to a record.
        await one.add_institution()
        await one.authorise()
        await one.nation_approves_mandate()
        licence = accepted["许可证/照片.jpg"]
        attached = await one.person.put(
            f"/institutions/{one.institution['record_id']}",
            json={"version": 1, "attachments": {"licence": licence["receipt"]}},
        )
        assert attached["attachments"]["licence"]["pages"] == licence["pages"] == 1
    async with a_journey(platform) as other:
        await other.register()
        with pytest.raises(Refused) as foreign:
            await other.person.get(path)
        assert foreign.value.status == 404
        with pytest.raises(Refused) as unreadable:
            await other.person.upload("/document-archives", b"Rar!\x1a\x07\x00", "application/zip", "证件.rar")
        assert (unreadable.value.status, unreadable.value.code) == (422, "archive-not-readable")
