"""The desk where uploads are taken in: received, checked, made one PDF, read for a seal, put in the store."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from aiohttp import web

from services.documents import rules, store
from services.documents.files import FileStore
from services.documents.pdf.errors import ProcessingTimeExceeded, WorkersBusy
from services.documents.pdf.pages import Paper, Upload, accept
from services.documents.pdf.recognition import recognise
from services.documents.pdf.seal import open_seal
from services.documents.pdf.worker_pool import WorkerPool
from services.documents.receiving import Intake, received
from services.documents.rules import Scanned, StoredFile
from shared.postgres.transaction import UnitOfWork
from shared.problems import NotFound
from shared.web.routes import Incoming

_WAITING_LIMIT = 64
_BUSY_RETRY_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Filed:
    """An upload in the store, and its file's name; `fingerprint` stands for its body in a repeated request."""

    name: str
    kept: StoredFile
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class FiledScan(Filed):
    """The upload of a stamped letter, and what was read on it."""

    scan: Scanned


class UploadIntake:
    """Takes uploads in before a transaction is opened; `at_once` bounds how many lie in memory."""

    def __init__(
        self, worker_pool: WorkerPool, files: FileStore, work: UnitOfWork, key: bytes, *, limit: int, at_once: int
    ) -> None:
        self._worker_pool = worker_pool
        self._files = files
        self._work = work
        self._key = key
        self._limit = limit
        self._seats = asyncio.Semaphore(at_once)
        self._retry_queue = 0

    async def upload(self, incoming: Incoming) -> Filed:
        """One document of what was uploaded (INS-12)."""
        async with self._paper(incoming.request) as (paper, intake):
            kept = await self._keep(paper)
        return Filed(intake.name, kept, intake.fingerprint)

    async def scan(self, incoming: Incoming) -> FiledScan:
        """A stamped letter, with the seal that was found on it (AUT-6); only for whom the letter is."""
        await self._own_letter(incoming)
        async with self._paper(incoming.request) as (paper, intake):
            scan = await self._read(paper, incoming.request.query.get("letter_number"))
            kept = await self._keep(paper)
        return FiledScan(intake.name, kept, intake.fingerprint, scan)

    @asynccontextmanager
    async def _paper(self, request: web.Request) -> AsyncIterator[tuple[Paper, Intake]]:
        async with received(request, self._limit) as intake:
            turns = rules.turns_of(request.query.get("rotations"), len(intake.files))
            async with self._seat():
                yield await self._accepted(intake, turns), intake

    @asynccontextmanager
    async def _seat(self) -> AsyncIterator[None]:
        if self._retry_queue >= _WAITING_LIMIT:
            raise WorkersBusy().after(_BUSY_RETRY_SECONDS)
        self._retry_queue += 1
        try:
            await self._seats.acquire()
        finally:
            self._retry_queue -= 1
        try:
            yield
        finally:
            self._seats.release()

    async def _accepted(self, intake: Intake, turns: tuple[int, ...]) -> Paper:
        pairs = zip(intake.files, turns, strict=True)
        return await self._worker_pool.do(accept, [Upload(one.content(), turn) for one, turn in pairs])

    async def _keep(self, paper: Paper) -> StoredFile:
        return StoredFile(await self._files.put(paper.pdf), paper.pages, len(paper.pdf))

    async def _read(self, paper: Paper, typed_number: str | None) -> Scanned:
        try:
            codes = (await self._worker_pool.do(recognise, paper.pdf)).codes
        except ProcessingTimeExceeded:
            if not typed_number:
                raise
            codes = ()  # a person compares the paper with the number that was typed in
        seals = tuple(open_seal(self._key, code.text) for code in codes)
        return Scanned(seals, codes[0].method if codes else None)

    async def _own_letter(self, incoming: Incoming) -> None:
        authorisation_id: UUID = incoming.path["authorisation_id"]
        async with self._work.reading() as rows:
            letter = await store.current_letter(rows, authorisation_id)
        NotFound.unless(letter and incoming.caller and letter.account_id == incoming.caller.account_id)
