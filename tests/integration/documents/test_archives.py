"""A zip of papers becomes documents, one for each file, and each file that is refused has its reason."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import aiohttp
import pytest

from services.documents.archives.zip_file import list_entries
from shared.security.receipts import receipt_of, receipt_verifier
from tests.environment import Environment, until
from tests.integration.documents.document_fixtures import answered, downloaded, maintainer
from tests.unit.documents.archives import raw_zip, zip_of
from tests.unit.documents.uploads import empty_pdf, encrypted_pdf, marked_picture, pdf_of, saved

ZIP = {"Content-Type": "application/zip"}


async def received(client: aiohttp.ClientSession, archive: bytes, status: int = 201) -> Any:
    """The archive, or its refusal."""
    return await answered(await client.post("/document-archives", data=archive, headers=ZIP), status)


async def entries_of(client: aiohttp.ClientSession, archive_id: str, limit: int = 200) -> Sequence[dict[str, Any]]:
    """Every file of the archive, page by page."""
    found: list[dict[str, Any]] = []
    query = {"limit": str(limit)}
    while True:
        page = await answered(await client.get(f"/document-archives/{archive_id}/entries", params=query), 200)
        found += page["items"]
        if page["next"] is None:
            return found
        query["after"] = page["next"]


async def unpacked(client: aiohttp.ClientSession, archive: dict[str, Any]) -> Sequence[dict[str, Any]]:
    """The files of the archive once its job has ended."""

    async def ended() -> bool:
        job = await answered(await client.get(f"/documents-jobs/{archive['job_id']}"), 200)
        assert job["state"] in {"queued", "running", "succeeded"}
        return bool(job["state"] == "succeeded")

    await until(ended, what="the unpacking")
    return await entries_of(client, archive["archive_id"], limit=2)


@pytest.mark.asyncio(loop_scope="session")
async def test_each_file_becomes_a_document_or_is_refused_with_its_reason(office: Environment) -> None:
    owner, paper = maintainer(), pdf_of(empty_pdf(2))
    archive = zip_of([
        ("护士/430302.pdf", paper),
        ("照片.jpg", saved(marked_picture(), "JPEG")),
        ("../../etc/passwd.pdf", paper),
        ("broken.pdf", paper[:200]),
        ("locked.pdf", encrypted_pdf("secret")),
        ("letter.docx", zip_of([("word/document.xml", b"<x/>")])),
        ("empty.pdf", b""),
    ])  # fmt: skip
    async with office.client("documents", owner) as client:
        taken = await received(client, archive)
        assert (taken["files"], taken["bytes"]) == (7, len(archive))
        found = {one["name"]: one for one in await unpacked(client, taken)}
        outcomes = {name: (one["state"], one["pages"]) for name, one in found.items()}
        assert outcomes == {
            "护士/430302.pdf": ("accepted", 2),
            "照片.jpg": ("accepted", 1),
            "../../etc/passwd.pdf": ("accepted", 2),
            "broken.pdf": ("refused", None),
            "locked.pdf": ("refused", None),
            "letter.docx": ("refused", None),
            "empty.pdf": ("refused", None),
        }
        locked = found["locked.pdf"]["problem"]
        assert (locked["code"], bool(locked["zh"] and locked["next_en"])) == ("pdf-encrypted", True)
        assert found["letter.docx"]["problem"]["code"] == "format-not-accepted"
        one = found["护士/430302.pdf"]
        assert await downloaded(client, f"/documents/{one['document_id']}/content") == paper
        done = await answered(await client.get(f"/document-archives/{taken['archive_id']}"), 200)
        assert done["unpacked_at"]
    verifier = receipt_verifier(office.secrets / "receipt.public.pem")
    receipt = receipt_of(verifier, one["receipt"], owner)
    assert (str(receipt.document_id), receipt.name, receipt.pages) == (one["document_id"], "430302.pdf", 2)
    outside = receipt_of(verifier, found["../../etc/passwd.pdf"]["receipt"], owner)
    assert outside.name == "passwd.pdf"


@pytest.mark.asyncio(loop_scope="session")
async def test_the_same_archive_again_is_the_same_and_nobody_elses(office: Environment) -> None:
    archive = raw_zip("证.pdf".encode("gbk"), pdf_of(empty_pdf()))
    async with office.client("documents", maintainer()) as client:
        first = await received(client, archive)
        files = await unpacked(client, first)
        again = await received(client, archive)
        assert (again["archive_id"], again["job_id"]) == (first["archive_id"], first["job_id"])
        assert [one["document_id"] for one in await unpacked(client, again)] == [files[0]["document_id"]]
        assert files[0]["name"] == "证.pdf"
    async with office.client("documents", maintainer()) as other:
        path = f"/document-archives/{first['archive_id']}"
        assert [(await other.get(one)).status for one in (path, f"{path}/entries")] == [404, 404]
        assert (await received(other, archive))["archive_id"] != first["archive_id"]


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"Rar!\x1a\x07\x00", 422, "archive-not-readable"),
        (pdf_of(empty_pdf()), 422, "archive-not-readable"),
        (zip_of([("a/", b"")]), 422, "archive-empty"),
        (b"", 422, "nothing-uploaded"),
        (zip_of((f"{number}.pdf", b"") for number in range(3001)), 413, "archive-has-too-many-files"),
    ],
    ids=["rar", "pdf", "folder", "nothing", "3001 files"],
)
async def test_what_is_no_archive_is_refused_at_once(
    office: Environment, body: bytes, status: int, code: str
) -> None:
    async with office.client("documents", maintainer()) as client:
        assert (await received(client, body, status))["code"] == code


async def test_unpacking_goes_on_where_the_service_stopped(environment: Environment) -> None:
    owner, count = maintainer(), 60
    archive = zip_of((f"{number}.pdf", pdf_of(empty_pdf(1 + number))) for number in range(count))
    running = {"files_url": f"file://{environment.folder}/files", "worker_pool_workers": 1}
    async with environment.postgres("documents") as rows:
        async with environment.running("documents", **running), environment.client("documents", owner) as client:
            taken = await received(client, archive)

            async def begun() -> bool:
                return bool(
                    await rows.fetchval("SELECT count(*) > 0 FROM archive_entry WHERE document_id IS NOT NULL")
                )

            await until(begun, what="the first files")
        waiting = "SELECT count(*) FROM archive_entry WHERE document_id IS NULL"
        assert 0 < await rows.fetchval(waiting) < count
        # The lease that a stopped process leaves ends by itself, half a minute later.
        await rows.execute("UPDATE job SET lease_until = now() WHERE lease_token IS NOT NULL")
        async with environment.running("documents", **running), environment.client("documents", owner) as client:
            files = await unpacked(client, taken)
        assert [one["pages"] for one in files] == list(range(1, count + 1))
        assert len({one["document_id"] for one in files}) == count
        assert await rows.fetchval("SELECT count(*) FROM document WHERE owner = $1", owner.account_id) == count


async def test_a_file_that_our_own_mistake_fails_on_does_not_keep_the_job_from_its_end(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A function of the workers that raises what none of them should, for it is given something else.
    monkeypatch.setattr("services.documents.archives.unpacking.accept_entry", list_entries)
    running = environment.running(
        "documents", files_url=f"file://{environment.folder}/files", worker_pool_workers=1
    )
    async with running, environment.client("documents", maintainer()) as client:
        found = await unpacked(client, await received(client, zip_of([("a.pdf", b"x"), ("b.pdf", b"y")])))
    assert [one["problem"]["code"] for one in found] == ["file-unprocessable"] * 2


async def test_an_archive_is_forgotten_and_its_documents_stay(environment: Environment, monkeypatch: Any) -> None:
    running = environment.running(
        "documents", files_url=f"file://{environment.folder}/files", worker_pool_workers=1
    )
    async with running, environment.postgres("documents") as rows:
        async with environment.client("documents", maintainer()) as client:
            taken = await received(client, zip_of([("a.pdf", pdf_of(empty_pdf()))]))
            await unpacked(client, taken)
        archive_id = UUID(taken["archive_id"])
        orphan = "SELECT count(*) FROM orphan_file JOIN archive USING (sha256) WHERE archive_id = $1"
        assert await rows.fetchval(orphan, archive_id) == 1
        await rows.execute("UPDATE archive SET unpacked_at = now() - interval '91 days'")
        monkeypatch.setattr("shared.jobs.runner.SCHEDULE_SECONDS", 0.05)
        await rows.execute("DELETE FROM job")

        async def forgotten() -> bool:
            return bool(await rows.fetchval("SELECT count(*) = 0 FROM archive_entry"))

        await until(forgotten, what="the removal of old archives")
        assert await rows.fetchval("SELECT count(*) FROM document") == 1
