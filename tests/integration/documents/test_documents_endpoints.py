"""Uploads become one PDF each, and only permitted callers read it."""

import asyncio
import hashlib
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from uuid import UUID

import aiohttp
import pytest
from pypdf import PdfReader

from shared.clock import utc_now
from shared.contracts.agreements.events import AgreementSubmitted
from shared.ids import new_id
from shared.security.caller import Caller, Role
from shared.security.problems import ReceiptRefused
from shared.security.receipts import receipt_of, receipt_verifier
from tests.environment import Environment, a_caller, until
from tests.integration.documents.document_fixtures import (
    REGION,
    answered,
    downloaded,
    filed,
    maintainer,
    uploaded,
)
from tests.unit.documents.uploads import empty_pdf, marked_picture, pdf_of, saved

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def may_read(environment: Environment, caller: Caller, document_id: str) -> bool:
    async with environment.client("documents", caller) as client:
        found = await client.get(f"/documents/{document_id}")
        content = await client.get(f"/documents/{document_id}/content")
        assert found.status == content.status
        return found.status == 200


async def comes_to_read(environment: Environment, caller: Caller, document_id: str) -> None:
    async with environment.client("documents", caller) as client:

        async def look() -> bool:
            return (await client.get(f"/documents/{document_id}")).status == 200

        await until(look, what="the right to read")
    assert await may_read(environment, caller, document_id)


async def test_an_upload_returns_a_receipt_of_the_stored_document(office: Environment) -> None:
    owner, pdf = maintainer(), pdf_of(empty_pdf(3))
    async with office.client("documents", owner) as client:
        answer = await uploaded(client, pdf, name="执业许可证.pdf")
        assert await downloaded(client, f"/documents/{answer['document_id']}/content") == pdf
        found = await answered(await client.get(f"/documents/{answer['document_id']}"), 200)
    verifier = receipt_verifier(office.secrets / "receipt.public.pem")
    receipt = receipt_of(verifier, answer.pop("receipt"), owner)
    assert (str(receipt.document_id), receipt.pages, receipt.name) == (answer["document_id"], 3, "执业许可证.pdf")
    assert receipt.sha256 == answer["sha256"] == hashlib.sha256(pdf).hexdigest()
    assert answer["bytes"] == len(pdf)
    assert found == answer


async def test_a_receipt_is_valid_for_its_owner_only(office: Environment) -> None:
    async with office.client("documents", maintainer()) as client:
        receipt = (await uploaded(client, pdf_of(empty_pdf())))["receipt"]
    with pytest.raises(ReceiptRefused):
        receipt_of(receipt_verifier(office.secrets / "receipt.public.pem"), receipt, maintainer())


@pytest.mark.parametrize(
    ("kind", "media_type"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("HEIF", "image/heic")]
)
async def test_a_photo_becomes_a_pdf(office: Environment, kind: str, media_type: str) -> None:
    import pillow_heif

    pillow_heif.register_heif_opener()
    async with office.client("documents", maintainer()) as client:
        answer = await uploaded(client, saved(marked_picture(), kind), media_type, name="身份证.jpg")
        response = await client.get(f"/documents/{answer['document_id']}/content")
        assert len(PdfReader(BytesIO(await response.read())).pages) == answer["pages"] == 1
        assert response.headers["Content-Disposition"].endswith("%E8%BA%AB%E4%BB%BD%E8%AF%81.pdf")


@pytest.mark.parametrize(
    "media_type",
    [
        "application/wps-office.pdf",
        "application/x-pdf",
        "application/octet-stream",
        "image/jpg",
        "text/plain",
        "application/json",
        "x",
        "",
    ],
)
async def test_the_content_decides_the_type_of_a_file(office: Environment, media_type: str) -> None:
    async with office.client("documents", maintainer()) as client:
        for content in (pdf_of(empty_pdf()), saved(marked_picture(), "JPEG")):
            assert (await uploaded(client, content, media_type))["pages"] == 1


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
async def test_a_file_keeps_its_chinese_name(office: Environment, encoding: str) -> None:
    name = "執業許可證誠.pdf".encode(encoding)  # in GBK the last character's second byte is a backslash
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="%s"\r\n' % name
    body = head + b"Content-Type: application/pdf\r\n\r\n" + pdf_of(empty_pdf()) + b"\r\n--b--\r\n"
    async with office.client("documents", maintainer()) as client:
        answer = await uploaded(client, body, "multipart/form-data; boundary=b")
    assert answer["name"] == "執業許可證誠.pdf"


async def test_several_files_become_one_document_in_their_order_each_turned(office: Environment) -> None:
    form = aiohttp.FormData()
    form.add_field("note", "a part that is no file")
    form.add_field("file", saved(marked_picture(), "JPEG"), filename="正面.jpg", content_type="image/jpeg")
    form.add_field("file", pdf_of(empty_pdf(2)), filename="b.pdf", content_type="application/pdf")
    form.add_field("file", saved(marked_picture(), "PNG"), filename="c.png", content_type="image/png")
    async with office.client("documents", maintainer()) as client:
        answer = await answered(await client.post("/documents?rotations=90,0,270", data=form), 201)
        pdf = await downloaded(client, f"/documents/{answer['document_id']}/content")
    assert (answer["pages"], answer["name"]) == (4, "正面.jpg")
    assert [page.rotation for page in PdfReader(BytesIO(pdf)).pages] == [90, 0, 0, 270]


async def test_the_same_request_twice_is_one_document_and_one_answer(office: Environment) -> None:
    pdf, other = pdf_of(empty_pdf(1)), pdf_of(empty_pdf(2))
    headers = {"Idempotency-Key": "twice", "Content-Type": "application/pdf"}
    async with office.client("documents", maintainer()) as client:
        both = await asyncio.gather(*(client.post("/documents", data=pdf, headers=headers) for _ in range(2)))
        first, second = [await answered(one, 201) for one in both]
        assert first == second
        reused = await answered(await client.post("/documents", data=other, headers=headers), 422)
        assert reused["code"] == "idempotency-key-reused"


async def test_signed_in_callers_upload_and_only_the_owner_reads(office: Environment) -> None:
    async with office.client("documents") as nobody:
        headers = {"Content-Type": "application/pdf"}
        assert (await nobody.post("/documents", data=pdf_of(empty_pdf()), headers=headers)).status == 401
    owner = maintainer()
    async with office.client("documents", owner) as client:
        document_id = (await uploaded(client, pdf_of(empty_pdf())))["document_id"]
    assert await may_read(office, owner, document_id)
    for other in (maintainer(), a_caller(Role.REVIEWER), a_caller(Role.AGENCY, REGION)):
        assert not await may_read(office, other, document_id)
    assert not await may_read(office, owner, str(new_id()))


async def test_only_the_units_of_the_route_read_a_filed_document_and_each_read_is_audited(
    office: Environment,
) -> None:
    async with office.client("documents", maintainer()) as client:
        document_id = (await uploaded(client, pdf_of(empty_pdf())))["document_id"]
    await office.publish(filed(document_id))
    for region in (REGION, "430300", "430000", "100000"):
        await comes_to_read(office, a_caller(Role.REVIEWER, region), document_id)
    for unrelated in (a_caller(Role.REVIEWER, "430304"), a_caller(Role.REVIEWER, "320000"), maintainer()):
        assert not await may_read(office, unrelated, document_id)
    async with office.postgres("documents") as rows:
        trail = await rows.fetch("SELECT action FROM audit WHERE subject_id = $1", UUID(document_id))
    assert [entry["action"] for entry in trail] == ["document.downloaded"] * 4


async def test_only_the_nation_reads_the_documents_of_accounts_and_authorisations(office: Environment) -> None:
    async with office.client("documents", maintainer()) as client:
        document_id = (await uploaded(client, pdf_of(empty_pdf())))["document_id"]
    await office.publish(filed(document_id, nation_only=True))
    await comes_to_read(office, a_caller(Role.REVIEWER), document_id)
    for region in (REGION, "430300", "430000"):
        assert not await may_read(office, a_caller(Role.REVIEWER, region), document_id)


async def test_the_agency_of_an_agreement_reads_its_document(office: Environment) -> None:
    agency = a_caller(Role.AGENCY, "320100")
    async with office.client("documents", maintainer()) as client:
        document_id = (await uploaded(client, pdf_of(empty_pdf())))["document_id"]
    today = utc_now().date()
    submitted = AgreementSubmitted(
        subject_id=new_id(),
        subject_version=1,
        region=REGION,
        provider_id=new_id(),
        provider_kind="institution",
        provider_name="湘潭市第一人民医院",
        agency_id=agency.unit_id or new_id(),
        agency_name="南京市医疗保障局",
        agreement_type="1",
        begins_on=today,
        ends_on=today + timedelta(days=365),
        happened_at=utc_now(),
        document_id=UUID(document_id),
    )
    await office.publish(submitted)
    await comes_to_read(office, agency, document_id)
    assert not await may_read(office, a_caller(Role.AGENCY, "320100"), document_id)


async def test_a_flipped_byte_in_the_store_is_a_fault_of_ours_and_is_not_handed_out(office: Environment) -> None:
    async with office.client("documents", maintainer()) as client:
        answer = await uploaded(client, pdf_of(empty_pdf(7)))
        sha256 = answer["sha256"]
        kept = office.folder / "files" / sha256[:2] / sha256
        assert kept.is_file()
        _flip_a_byte(kept)
        problem = await answered(await client.get(f"/documents/{answer['document_id']}/content"), 500)
        assert problem["code"] == "file-damaged"
        kept.unlink()
        problem = await answered(await client.get(f"/documents/{answer['document_id']}/content"), 500)
        assert problem["code"] == "file-damaged"


async def test_the_service_is_ready_only_while_files_can_be_stored(office: Environment) -> None:
    assert await office.health("documents") == (200, {"status": "ready", "wrong": {}})
    files, aside = office.folder / "files", office.folder / "aside"
    files.rename(aside)
    files.write_text("in the way")
    try:
        status, found = await office.health("documents")
        assert (status, list(found["wrong"])) == (503, ["files"])
    finally:
        files.unlink()
        aside.rename(files)


def _flip_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


async def test_metrics_show_how_far_workers_are_confined(office: Environment) -> None:
    address = f"http://127.0.0.1:{office.port('documents-operations')}/metrics"
    async with aiohttp.ClientSession() as client, client.get(address) as answer:
        metrics = await answer.text()
    assert 'fuma_worker_confinement{layer="seccomp"} 1.0' in metrics
    assert "fuma_worker_abilities_remaining 0.0" in metrics
    assert 'fuma_worker_tasks_waiting{lane="short"} 0.0' in metrics
