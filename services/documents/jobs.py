"""What the documents service does by the clock: removing what no record has referred to for long."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from services.documents.files import FileStore
from services.documents.settings import DocumentsSettings
from services.documents.store import documents
from shared.jobs.handlers import Jobs
from shared.jobs.rules import Job, Slice
from shared.postgres.transaction import Transaction

COLLECTION, DELETION = "documents.collection", "documents.deletion"
# The same bytes may be coming again while a file is looked at: it stays for a day after its document has gone.
ORPHANS_STAY = timedelta(days=1)
_SLICE = 500
_START = (datetime(1, 1, 1, tzinfo=UTC), UUID(int=0))


def jobs_of(files: FileStore, settings: DocumentsSettings) -> Jobs:
    """The jobs of the service."""
    jobs = Jobs()

    @jobs.handler(COLLECTION, every=timedelta(days=1))
    async def collect(tx: Transaction, job: Job) -> Slice:
        """Removes the documents of the next slice that no record refers to and nobody has filed for long."""
        before = tx.now - timedelta(days=settings.unreferenced_days)
        looked = await documents.remove_unreferenced(tx, before, _place_of(job), _SLICE)
        if looked is None:
            return Slice(job.cursor, 0, finished=True)
        kept_at, document_id = looked.place
        return Slice([kept_at.isoformat(), str(document_id)], looked.removed)

    @jobs.handler(DELETION, every=timedelta(hours=1))
    async def delete(tx: Transaction, job: Job) -> Slice:
        """Deletes the files that no document has needed for a day; an interrupted slice deletes them again."""
        orphans = await documents.take_orphans(tx, tx.now - ORPHANS_STAY, _SLICE)
        for sha256 in orphans:
            await files.delete(sha256)
        return Slice(job.cursor, len(orphans), finished=len(orphans) < _SLICE)

    return jobs


def _place_of(job: Job) -> documents.Place:
    if not isinstance(job.cursor, list):
        return _START
    kept_at, document_id = job.cursor
    return datetime.fromisoformat(str(kept_at)), UUID(str(document_id))
