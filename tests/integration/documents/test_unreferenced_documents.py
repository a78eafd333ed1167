"""Documents that no record refers to for a long time are removed; referenced ones stay."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from shared.contracts.registry.events import AttachmentsChanged
from shared.ids import new_id
from tests.environment import Environment, until
from tests.integration.documents.document_fixtures import REGION, filed, maintainer, uploaded
from tests.unit.documents.uploads import empty_pdf, pdf_of


def attached(subject_id: UUID, version: int, *document_ids: str) -> AttachmentsChanged:
    """The event of a working copy that refers to these documents."""
    return AttachmentsChanged(
        subject_id=subject_id,
        subject_version=version,
        region=REGION,
        kind="institution",
        document_ids=tuple(UUID(one) for one in document_ids),
    )


async def test_only_unreferenced_documents_are_removed_and_their_files_later(
    environment: Environment, monkeypatch: Any
) -> None:
    monkeypatch.setattr("shared.jobs.runner.SCHEDULE_SECONDS", 0.05)
    monkeypatch.setattr("services.documents.jobs.ORPHANS_STAY", timedelta(0))
    folder = environment.folder / "files"
    running = environment.running("documents", files_url=f"file://{folder}", worker_pool_workers=1)
    async with running, environment.postgres("documents") as rows:
        async with environment.client("documents", maintainer()) as client:
            names = ("forgotten", "filed", "drafted", "taken away", "twice", "fresh")
            ids = {name: (await uploaded(client, pdf_of(empty_pdf())))["document_id"] for name in names}
        record = new_id()
        await environment.publish(
            filed(ids["filed"]),
            attached(record, 2, ids["drafted"]),
            attached(record, 1, ids["drafted"], ids["taken away"]),
            attached(new_id(), 1, ids["twice"]),
        )

        async def known() -> bool:
            counted = "SELECT (SELECT count(*) FROM reference) + (SELECT count(*) FROM working_attachments)"
            return bool(await rows.fetchval(counted) == 3)

        await until(known, what="the references")
        await rows.execute(
            "UPDATE document SET kept_at = now() - interval '91 days' WHERE document_id <> $1", UUID(ids["fresh"])
        )
        await rows.execute("DELETE FROM job")

        async def left() -> bool:
            found = {str(row["document_id"]) for row in await rows.fetch("SELECT document_id FROM document")}
            return found == {ids[name] for name in ("filed", "drafted", "twice", "fresh")}

        await until(left, what="the collection")
        kept = {row["sha256"] for row in await rows.fetch("SELECT sha256 FROM document")}
        await rows.execute("DELETE FROM job")

        async def files_left() -> bool:
            return {path.name for path in folder.rglob("*") if path.is_file()} == kept

        await until(files_left, what="the deletion of files")
