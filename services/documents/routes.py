"""The HTTP endpoints of documents: uploads and downloads, letters, scans of stamped letters."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

import structlog

from services.documents import rules, store, use_cases
from services.documents.files import FileSpoilt, FileStore, FileUnknown
from services.documents.receiving import MEDIA_TYPES
from services.documents.refusals import LetterNotReady
from services.documents.rules import PDF, Document, Letter, StoredFile
from services.documents.upload_intake import Filed, FiledScan, UploadIntake
from services.documents.views import (
    DocumentView,
    LetterQuery,
    LetterView,
    ScanQuery,
    ScanView,
    UploadQuery,
    UploadView,
)
from shared.postgres.transaction import Cause, Rows, Transaction, UnitOfWork
from shared.problems import NotFound
from shared.security.caller import Caller, Role
from shared.security.receipts import Receipt, signed_receipt
from shared.security.tokens import Signer
from shared.web.routes import SIGNED_IN, Download, Incoming, Routes

READERS = (Role.MAINTAINER, Role.REVIEWER)
TYPED_IN = "typed in"
LETTER_SECONDS = 3.0
_LOOK_AGAIN_SECONDS = 0.03

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class DocumentEndpoints:
    """The routes of documents; receipts are signed with this key."""

    work: UnitOfWork
    files: FileStore
    receipts: Signer

    async def upload(self, tx: Transaction, caller: Caller, query: UploadQuery, prepared: Filed) -> UploadView:
        """Anyone signed in uploads a PDF or photos, in any number, as one document (INS-12)."""
        document = await use_cases.keep(tx, caller.account_id, query.name or prepared.name, prepared.kept)
        return UploadView.of(document, receipt=self._receipt(document))

    async def read(self, rows: Rows, caller: Caller, document_id: UUID) -> DocumentView:
        """Its owner, or a unit that may see what it was filed with, reads what a document is."""
        found = await store.readable(rows, document_id, caller)
        if found is None:
            raise NotFound
        return DocumentView.of(found)

    async def download(self, caller: Caller, incoming: Incoming, document_id: UUID) -> Download:
        """The same download the document; a download by others than the owner goes into the trail."""
        async with self.work.reading() as rows:
            found = await store.readable(rows, document_id, caller)
        if found is None:
            raise NotFound
        content = await content_of(self.files, found.kept)
        if caller.account_id != found.owner:
            async with self.work.begin(_cause(caller, incoming)) as tx:
                await use_cases.was_read(tx, found)
        return Download(content, PDF, rules.saved_as(found.name))

    def _receipt(self, document: Document) -> str:
        kept = document.kept
        receipt = Receipt(
            document_id=document.document_id,
            owner=document.owner,
            name=document.name,
            pages=kept.pages,
            sha256=kept.sha256,
        )
        return signed_receipt(self.receipts, receipt)


@dataclass(frozen=True, slots=True)
class LetterEndpoints:
    """The routes of letters and their scans."""

    work: UnitOfWork
    files: FileStore

    async def read(self, caller: Caller, query: LetterQuery, authorisation_id: UUID) -> LetterView:
        """The account that it is for, or a reviewer of the nation, reads which letter is in force (AUT-5)."""
        return LetterView.of(await self._awaited(caller, authorisation_id, query.letter_version))

    async def download(self, caller: Caller, query: LetterQuery, authorisation_id: UUID) -> Download:
        """The same download the letter: identical bytes, however often and however concurrently (AUT-5)."""
        letter = await self._awaited(caller, authorisation_id, query.letter_version)
        return Download(await content_of(self.files, letter.kept), PDF, letter.filename)

    async def scan(
        self, tx: Transaction, caller: Caller, query: ScanQuery, authorisation_id: UUID, prepared: FiledScan
    ) -> ScanView:
        """The account that the letter is for uploads its stamped scan, which is recognised and matched (AUT-6)."""
        matched = await use_cases.match_scan(
            tx,
            caller,
            authorisation_id,
            query.name or prepared.name,
            prepared.kept,
            prepared.scan,
            query.letter_number,
        )
        return ScanView.of(matched, prepared.scan.found_by or TYPED_IN)

    async def _awaited(self, caller: Caller, authorisation_id: UUID, at_least: int) -> Letter:
        """The letter, waited for a little, since whoever has just prepared it asks at once."""
        loop = asyncio.get_running_loop()
        end = loop.time() + LETTER_SECONDS
        while True:
            async with self.work.reading() as rows:
                letter = await store.current_letter(rows, authorisation_id)
            if letter is not None:
                NotFound.unless(letter.readable_by(caller))
                if letter.version >= at_least:
                    return letter
            if loop.time() > end:
                raise LetterNotReady().after(1)
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)


async def content_of(files: FileStore, kept: StoredFile) -> bytes:
    """The content, verified; what is damaged or gone is told to the caller and to those who run the service."""
    try:
        return await files.get(kept.sha256)
    except (FileSpoilt, FileUnknown) as problem:
        log.exception("file_spoilt", sha256=kept.sha256)
        raise FileSpoilt from problem


def _cause(caller: Caller, incoming: Incoming) -> Cause:
    request = incoming.request
    bound = structlog.contextvars.get_contextvars()
    return Cause(
        str(bound.get("correlation_id", "")),
        actor=str(caller.account_id),
        address=request.headers.get("X-Forwarded-For", request.remote or ""),
    )


def documents(endpoints: DocumentEndpoints, intake: UploadIntake, upload_bytes: int) -> Routes:
    """The routes of documents."""
    routes = Routes("documents")
    uploads = {"media_types": MEDIA_TYPES, "body_limit": upload_bytes}
    routes.post("/documents", by=SIGNED_IN, prepare=intake.upload, **uploads)(endpoints.upload)
    routes.get("/documents/{document_id}", by=SIGNED_IN)(endpoints.read)
    routes.get("/documents/{document_id}/content", by=SIGNED_IN)(endpoints.download)
    return routes


def letters(endpoints: LetterEndpoints, intake: UploadIntake, upload_bytes: int) -> Routes:
    """The routes of letters."""
    routes = Routes("letters")
    path = "/letters/{authorisation_id}"
    uploads = {"media_types": MEDIA_TYPES, "body_limit": upload_bytes}
    routes.get(path, by=READERS)(endpoints.read)
    routes.get(f"{path}/content", by=READERS)(endpoints.download)
    routes.post(f"{path}/scans", by=(Role.MAINTAINER,), prepare=intake.scan, **uploads)(endpoints.scan)
    return routes
