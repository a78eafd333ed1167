"""The HTTP endpoints of archives: upload one, follow its unpacking, read what became of its files."""

from uuid import UUID

from services.documents.archives import store, use_cases
from services.documents.archives.rules import Archive, StoredArchive, UnpackedEntry
from services.documents.archives.unpacking import ArchiveUnpacker
from services.documents.archives.views import ArchiveEntryView, ArchiveQuery, ArchiveView
from services.documents.receipts import receipt_for
from services.documents.upload_body import LARGEST_UPLOAD, MULTIPART
from shared.jobs.routes import job_routes
from shared.postgres.transaction import Rows, Transaction
from shared.problems import NotFound
from shared.security.caller import Caller
from shared.security.tokens import Signer
from shared.web.pages import Page, PageQuery, Paging
from shared.web.routes import SIGNED_IN, Incoming, Routes

MEDIA_TYPES = ("application/zip", "application/x-zip-compressed", "application/octet-stream", MULTIPART)

archives = Routes("document-archives")
jobs = job_routes("documents")
_ENTRIES = Paging("document-archive-entries", number=int)


async def _receive(incoming: Incoming, unpacker: ArchiveUnpacker) -> StoredArchive:
    return await unpacker.receive(incoming)


@archives.post(
    "/document-archives", by=SIGNED_IN, prepare=_receive, media_types=MEDIA_TYPES, body_limit=LARGEST_UPLOAD
)
async def upload_archive(
    tx: Transaction, caller: Caller, query: ArchiveQuery, prepared: StoredArchive
) -> ArchiveView:
    """Anyone signed in uploads a zip of papers; a job makes a document of each one (IMP-7)."""
    return ArchiveView.of(await use_cases.take_archive(tx, caller, query.name or prepared.name, prepared))


@archives.get("/document-archives/{archive_id}", by=SIGNED_IN)
async def read_archive(rows: Rows, caller: Caller, archive_id: UUID) -> ArchiveView:
    """The owner reads an archive."""
    return ArchiveView.of(await _own(rows, caller, archive_id))


@archives.get("/document-archives/{archive_id}/entries", by=SIGNED_IN)
async def list_entries(
    rows: Rows, caller: Caller, signer: Signer, query: PageQuery, archive_id: UUID
) -> Page[ArchiveEntryView]:
    """The owner reads what became of each file: a document with its receipt, or the reason of its refusal."""
    await _own(rows, caller, archive_id)
    (number,) = _ENTRIES.start(query, 0)
    found = await store.entries_after(rows, archive_id, number, query.fetched)

    def view(one: UnpackedEntry) -> ArchiveEntryView:
        return ArchiveEntryView.of(one, receipt_for(signer, one.document) if one.document else None)

    return _ENTRIES.page(query, found, view)


async def _own(rows: Rows, caller: Caller, archive_id: UUID) -> Archive:
    found = await store.find_archive(rows, archive_id)
    if found is None or found.owner != caller.account_id:
        raise NotFound
    return found
