"""The HTTP endpoints of documents: uploads and downloads, letters, scans of stamped letters."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

import structlog

from services.documents import rules, use_cases
from services.documents.files import FileStore
from services.documents.pdf.problems import LetterNotDrawable
from services.documents.problems import FileDamaged, FileUnknown, LetterNotReady
from services.documents.receipts import receipt_for
from services.documents.rules import PDF, Letter, StoredFile
from services.documents.store import documents as document_store
from services.documents.store import letters as letter_store
from services.documents.upload_body import LARGEST_UPLOAD, MEDIA_TYPES
from services.documents.uploads import StoredScan, StoredUpload, UploadProcessor
from services.documents.views import (
    Arrangement,
    DocumentView,
    LetterQuery,
    LetterView,
    ScanQuery,
    ScanView,
    UploadQuery,
    UploadView,
)
from shared.postgres.transaction import Rows, Transaction, UnitOfWork
from shared.problems import NotFound
from shared.security.caller import Caller, Role
from shared.security.tokens import Signer
from shared.web.routes import SIGNED_IN, Download, Incoming, Routes

READERS = (Role.MAINTAINER, Role.REVIEWER)
TYPED_IN = "typed in"
LETTER_SECONDS = 3.0
_LOOK_AGAIN_SECONDS = 0.03

documents = Routes("documents")
letters = Routes("letters")
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ArrangedDocument:
    """The arranged pages in the store, and the name of the document that they are from."""

    name: str
    stored: StoredFile


async def _upload(incoming: Incoming, processor: UploadProcessor) -> StoredUpload:
    return await processor.upload(incoming)


async def _scan(incoming: Incoming, processor: UploadProcessor) -> StoredScan:
    return await processor.scan(incoming)


@documents.post("/documents", by=SIGNED_IN, prepare=_upload, media_types=MEDIA_TYPES, body_limit=LARGEST_UPLOAD)
async def upload_document(
    tx: Transaction, caller: Caller, signer: Signer, query: UploadQuery, prepared: StoredUpload
) -> UploadView:
    """Anyone signed in uploads a PDF or photos, in any number, as one document (INS-12)."""
    document = await use_cases.keep(tx, caller.account_id, query.name or prepared.name, prepared.stored)
    return UploadView.of(document, receipt=receipt_for(signer, document))


async def _arrange(
    work: UnitOfWork,
    files: FileStore,
    processor: UploadProcessor,
    caller: Caller,
    document_id: UUID,
    body: Arrangement,
) -> ArrangedDocument:
    async with work.reading() as rows:
        found = await document_store.readable(rows, document_id, caller)
    if found is None or found.owner != caller.account_id:
        raise NotFound
    content = await content_of(files, found.stored)
    return ArrangedDocument(found.name, await processor.arrange(caller.account_id, content, body.choices))


@documents.post("/documents/{document_id}/arrangements", by=SIGNED_IN, prepare=_arrange)
async def arrange_document(
    tx: Transaction,
    caller: Caller,
    signer: Signer,
    document_id: UUID,  # noqa: ARG001 - the path names it
    body: Arrangement,  # noqa: ARG001 - it is prepared
    prepared: ArrangedDocument,
) -> UploadView:
    """The owner has the pages of a document in another order, turned or left out, as another document (INS-12)."""
    document = await use_cases.keep(tx, caller.account_id, prepared.name, prepared.stored)
    return UploadView.of(document, receipt=receipt_for(signer, document))


@documents.get("/documents/{document_id}", by=SIGNED_IN)
async def read_document(rows: Rows, caller: Caller, document_id: UUID) -> DocumentView:
    """Its owner, or a unit that may see what it was filed with, reads what a document is."""
    found = await document_store.readable(rows, document_id, caller)
    if found is None:
        raise NotFound
    return DocumentView.of(found)


@documents.get("/documents/{document_id}/content", by=SIGNED_IN, produces=PDF)
async def download_document(
    work: UnitOfWork, files: FileStore, caller: Caller, incoming: Incoming, document_id: UUID
) -> Download:
    """The same download the document; a download by others than the owner goes into the trail."""
    async with work.reading() as rows:
        found = await document_store.readable(rows, document_id, caller)
    if found is None:
        raise NotFound
    content = await content_of(files, found.stored)
    if caller.account_id != found.owner:
        async with work.begin(incoming.cause) as tx:
            await use_cases.was_read(tx, found)
    return Download(content, PDF, rules.saved_as(found.name))


@letters.get("/letters/{authorisation_id}", by=READERS)
async def read_letter(work: UnitOfWork, caller: Caller, query: LetterQuery, authorisation_id: UUID) -> LetterView:
    """The account that it is for, or a reviewer of the nation, reads which letter is in force (AUT-5)."""
    return LetterView.of(await _awaited(work, caller, authorisation_id, query.letter_version))


@letters.get("/letters/{authorisation_id}/content", by=READERS, produces=PDF)
async def download_letter(
    work: UnitOfWork, files: FileStore, caller: Caller, query: LetterQuery, authorisation_id: UUID
) -> Download:
    """The same download the letter: identical bytes, however often and however concurrently (AUT-5)."""
    letter = await _awaited(work, caller, authorisation_id, query.letter_version)
    return Download(await content_of(files, letter.stored), PDF, letter.filename)


@letters.post(
    "/letters/{authorisation_id}/scans",
    by=(Role.MAINTAINER,),
    prepare=_scan,
    media_types=MEDIA_TYPES,
    body_limit=LARGEST_UPLOAD,
)
async def upload_scan(
    tx: Transaction, caller: Caller, query: ScanQuery, authorisation_id: UUID, prepared: StoredScan
) -> ScanView:
    """The account that the letter is for uploads its stamped scan, which is recognised and matched (AUT-6)."""
    matched = await use_cases.match_scan(
        tx,
        caller,
        authorisation_id,
        query.name or prepared.name,
        prepared.stored,
        prepared.scan,
        query.letter_number,
    )
    return ScanView.of(matched, prepared.scan.found_by or TYPED_IN)


async def content_of(files: FileStore, stored: StoredFile) -> bytes:
    """The content, verified; what is damaged or gone is told to the caller and to those who run the service."""
    try:
        return await files.get(stored.sha256)
    except (FileDamaged, FileUnknown) as problem:
        log.exception("file_spoilt", sha256=stored.sha256)
        raise FileDamaged from problem


async def _awaited(work: UnitOfWork, caller: Caller, authorisation_id: UUID, at_least: int) -> Letter:
    """The letter, waited for a little, since whoever has just prepared it asks at once.

    Another's letter is answered as one that nobody has prepared, after the same time: the answer tells nothing.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + LETTER_SECONDS
    while True:
        async with work.reading() as rows:
            letter = await letter_store.current_letter(rows, authorisation_id)
            failure = None if letter else await letter_store.letter_failure(rows, authorisation_id, at_least)
        if letter is not None and letter.readable_by(caller) and letter.version >= at_least:
            return letter
        if failure is not None and failure[0] == caller.account_id:
            raise LetterNotDrawable(characters=failure[1])
        if loop.time() > end:
            raise LetterNotReady().after(1)
        await asyncio.sleep(_LOOK_AGAIN_SECONDS)
