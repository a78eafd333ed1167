"""From an archive's bytes to its papers in the store: listed and unpacked by workers, one file at a time."""

import asyncio

import structlog
from pydantic import TypeAdapter, ValidationError

from services.documents.archives.problems import ArchiveNotReadable
from services.documents.archives.rules import Archive, StoredArchive, ZipEntry, check_entry
from services.documents.archives.zip_file import (
    DIRECTORY_BYTES,
    FILE_LIMIT,
    HEADER_BYTES,
    accept_entry,
    list_entries,
)
from services.documents.files import FileStore
from services.documents.rules import StoredFile
from services.documents.upload_body import receive_upload
from shared.problems import Kind, RuleBroken, SignInRequired
from shared.web.routes import Incoming
from shared.workers.pool import WorkerPool
from shared.workers.problems import FileUnprocessable
from shared.workers.results import TaskFailed
from shared.workers.scheduler import Share

log = structlog.get_logger()
_ENTRIES: TypeAdapter[list[ZipEntry]] = TypeAdapter(list[ZipEntry])


class UnpackingDelayed(ConnectionError):
    """The workers are busy or were interrupted: the file waits, and its turn comes again."""


class ArchiveUnpacker:
    """Receives archives and unpacks their files; `limit` in bytes for an archive, and for each file in one."""

    def __init__(self, pool: WorkerPool, files: FileStore, limit: int) -> None:
        self._pool = pool
        self._files = files
        self._limit = limit

    async def receive(self, incoming: Incoming) -> StoredArchive:
        """The archive in the store and the files that it lists; raises what is wrong with it as a whole."""
        if incoming.caller is None:
            raise SignInRequired
        share = Share(incoming.caller.account_id)
        self._pool.check(share)  # before a body is received in vain
        async with receive_upload(incoming.request, self._limit) as body:
            content = await asyncio.to_thread(body.files[0].content)
            entries = await self._listed(share, content)
            name, fingerprint = body.name, body.fingerprint
        return StoredArchive(name, await self._files.put(content), len(content), entries, fingerprint)

    async def unpack(self, archive: Archive, entry: ZipEntry) -> StoredFile | RuleBroken:
        """A file of the archive in the store as one PDF, or why it is refused; raises UnpackingDelayed.

        An archive has a share of the workers of its own, so that its owner's other uploads do not wait for it.
        """
        try:
            check_entry(entry, self._limit)
            end = min(entry.offset + HEADER_BYTES + entry.packed, archive.size)
            raw = await self._files.get_range(archive.sha256, min(entry.offset, archive.size - 1), end)
            pdf_file = await self._pool.call(Share(archive.archive_id, entry.size), accept_entry, raw, entry)
        except TaskFailed:
            # A mistake of ours in one file must not keep the others from being unpacked.
            log.exception("archive_file_failed", archive_id=str(archive.archive_id), sha256=archive.sha256)
            return FileUnprocessable()
        except RuleBroken as refusal:
            if refusal.kind in (Kind.UNAVAILABLE, Kind.THROTTLED, Kind.FAULT):
                raise UnpackingDelayed(str(refusal)) from refusal
            return refusal
        return StoredFile(await self._files.put(pdf_file.pdf), pdf_file.pages, len(pdf_file.pdf))

    async def _listed(self, share: Share, content: bytes) -> list[ZipEntry]:
        found = await self._pool.call(share, list_entries, content[-DIRECTORY_BYTES:], len(content))
        return entries_of(found)


def entries_of(answer: bytes) -> list[ZipEntry]:
    """The files that a worker has listed; raises ArchiveNotReadable where it answers anything else."""
    try:
        entries = _ENTRIES.validate_json(answer, strict=True)
    except ValidationError:
        raise ArchiveNotReadable from None
    ArchiveNotReadable.unless(0 < len(entries) <= FILE_LIMIT)
    return entries
