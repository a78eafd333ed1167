"""From an upload's body to its file in the store: received, checked by a worker, made one PDF, read for a seal."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from services.documents import rules
from services.documents.files import FileStore
from services.documents.pdf.pages import PageChoice, PdfFile, Upload, accept, arrange
from services.documents.pdf.recognition import recognise
from services.documents.pdf.seal import open_seal
from services.documents.rules import Scanned, StoredFile
from services.documents.store import letters
from services.documents.upload_body import UploadBody, receive_upload
from shared.postgres.transaction import UnitOfWork
from shared.problems import NotFound, SignInRequired
from shared.web.routes import Incoming
from shared.workers.leased_worker import LeasedWorker
from shared.workers.pool import WorkerPool
from shared.workers.problems import ProcessingTimeExceeded
from shared.workers.scheduler import Share


@dataclass(frozen=True, slots=True)
class StoredUpload:
    """An upload in the store, and its file's name; `fingerprint` stands for its body in a repeated request."""

    name: str
    stored: StoredFile
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class StoredScan(StoredUpload):
    """The upload of a stamped letter, and what was read on it."""

    scan: Scanned


class UploadProcessor:
    """Processes uploads before a transaction is opened; `limit` in bytes for one upload.

    A file lies in memory only while a worker has it, and its account waits for the account's own files first.
    """

    def __init__(self, pool: WorkerPool, files: FileStore, work: UnitOfWork, key: bytes, limit: int) -> None:
        self._pool = pool
        self._files = files
        self._work = work
        self._key = key
        self._limit = limit

    async def upload(self, incoming: Incoming) -> StoredUpload:
        """One document of what was uploaded (INS-12)."""
        async with self._received(incoming) as (body, turns, share):

            async def process(worker: LeasedWorker) -> StoredFile:
                return await self._put(await _accepted(worker, body, turns))

            stored = await self._pool.run(share, process)
        return StoredUpload(body.name, stored, body.fingerprint)

    async def scan(self, incoming: Incoming) -> StoredScan:
        """A stamped letter, with the seal that was found on it (AUT-6); only for whom the letter is."""
        await self._check_letter(incoming)
        typed_number = incoming.request.query.get("letter_number")
        async with self._received(incoming) as (body, turns, share):

            async def process(worker: LeasedWorker) -> tuple[StoredFile, Scanned]:
                pdf_file = await _accepted(worker, body, turns)
                scan = await self._recognised(worker, pdf_file, typed_number)
                return await self._put(pdf_file), scan

            stored, scan = await self._pool.run(share, process)
        return StoredScan(body.name, stored, body.fingerprint, scan)

    async def arrange(self, account: UUID, pdf: bytes, choices: Sequence[PageChoice]) -> StoredFile:
        """Another document of the chosen pages of one (INS-12)."""

        async def process(worker: LeasedWorker) -> StoredFile:
            return await self._put(await worker.call(arrange, pdf, choices))

        return await self._pool.run(Share(account, len(pdf)), process)

    @asynccontextmanager
    async def _received(self, incoming: Incoming) -> AsyncIterator[tuple[UploadBody, tuple[int, ...], Share]]:
        """The body on disk, how far each file is turned, and whose share of the workers it uses."""
        if incoming.caller is None:
            raise SignInRequired
        account = incoming.caller.account_id
        self._pool.check(Share(account))  # before a body is received in vain
        async with receive_upload(incoming.request, self._limit) as body:
            turns = rules.turns_of(incoming.request.query.get("rotations"), len(body.files))
            yield body, turns, Share(account, body.size)

    async def _put(self, pdf_file: PdfFile) -> StoredFile:
        return StoredFile(await self._files.put(pdf_file.pdf), pdf_file.pages, len(pdf_file.pdf))

    async def _recognised(self, worker: LeasedWorker, pdf_file: PdfFile, typed_number: str | None) -> Scanned:
        try:
            codes = (await worker.call(recognise, pdf_file.pdf)).codes
        except ProcessingTimeExceeded:
            if not typed_number:
                raise
            codes = ()  # a person compares the paper with the number that was typed in
        seals = tuple(open_seal(self._key, code.text) for code in codes)
        return Scanned(seals, codes[0].method if codes else None)

    async def _check_letter(self, incoming: Incoming) -> None:
        authorisation_id: UUID = incoming.path["authorisation_id"]
        async with self._work.reading() as rows:
            letter = await letters.current_letter(rows, authorisation_id)
        NotFound.unless(letter and incoming.caller and letter.account_id == incoming.caller.account_id)


async def _accepted(worker: LeasedWorker, body: UploadBody, turns: tuple[int, ...]) -> PdfFile:
    pairs = zip(body.files, turns, strict=True)
    return await worker.call(accept, [Upload(one.content(), turn) for one, turn in pairs])
