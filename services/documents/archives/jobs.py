"""The jobs of archives: unpacking one, file by file, and forgetting old ones."""

import asyncio
from datetime import timedelta
from uuid import UUID

from services.documents.archives import store, use_cases
from services.documents.archives.unpacking import ArchiveUnpacker
from services.documents.archives.use_cases import UNPACKING
from shared.jobs.handlers import Jobs
from shared.jobs.rules import Job, Slice
from shared.postgres.transaction import Transaction

COLLECTION = "documents.archive-collection"
_SLICE_FILES, _SLICE_SECONDS, _REMOVED = 20, 1.0, 100


def add_archive_jobs(jobs: Jobs, unpacker: ArchiveUnpacker, kept_days: int) -> None:
    """Adds the jobs of archives to those of the service."""

    @jobs.handler(UNPACKING)
    async def unpack(tx: Transaction, job: Job) -> Slice:
        """Unpacks the next files of an archive for about a second; one that is interrupted comes again."""
        archive = await store.find_archive(tx, UUID(job.arguments["archive_id"]))
        if archive is None:
            return Slice(None, 0, finished=True)
        loop = asyncio.get_running_loop()
        ends = loop.time() + _SLICE_SECONDS
        waiting = await store.waiting_entries(tx, archive.archive_id, _SLICE_FILES)
        done = 0
        for entry in waiting:
            await use_cases.keep_outcome(tx, archive, entry, await unpacker.unpack(archive, entry.entry))
            done += 1
            if loop.time() >= ends:
                break
        if not waiting:
            await store.save_unpacked(tx, archive, tx.now)
        return Slice(None, done, finished=not waiting)

    @jobs.handler(COLLECTION, every=timedelta(days=1))
    async def collect(tx: Transaction, job: Job) -> Slice:  # noqa: ARG001 - every slice begins at the oldest
        """Removes archives that were unpacked long ago; a document stays as long as a record refers to it."""
        removed = await store.remove_old(tx, tx.now - timedelta(days=kept_days), _REMOVED)
        return Slice(None, removed, finished=removed < _REMOVED)
