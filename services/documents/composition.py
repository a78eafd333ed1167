"""Builds the documents service: the one place where its parts meet."""

import base64
from pathlib import Path

from services.documents import consumers, routes
from services.documents.archives import routes as archive_routes
from services.documents.archives.jobs import add_archive_jobs
from services.documents.archives.unpacking import ArchiveUnpacker
from services.documents.files import FileStore
from services.documents.health import files_check, worker_pool_check
from services.documents.jobs import jobs_of
from services.documents.letter_maker import LetterMaker
from services.documents.settings import DocumentsSettings
from services.documents.uploads import UploadProcessor
from services.documents.worker_code import pdf_workers
from shared.security.tokens import Signer
from shared.service import Endpoints, Foundation, Service
from shared.workers.metrics import exported_metrics
from shared.workers.pool import WorkerPool


async def compose(foundation: Foundation[DocumentsSettings]) -> Endpoints:
    """The file store, the worker pool, and the endpoints that use them."""
    settings, work = foundation.settings, foundation.work
    key = base64.b64decode((settings.secrets / "letters.key").read_text("ascii"))
    receipts = Signer(settings.secrets / "receipt.private.pem", "receipt")
    files = FileStore.at(settings.files_url)
    pool: WorkerPool = await foundation.keep(WorkerPool(pdf_workers(), settings.worker_pool))
    await foundation.keep(exported_metrics(pool))
    processor = UploadProcessor(pool, files, work, key, settings.upload_bytes)
    unpacker = ArchiveUnpacker(pool, files, settings.upload_bytes)
    jobs = jobs_of(files, settings)
    add_archive_jobs(jobs, unpacker, settings.unreferenced_days)
    letters = LetterMaker(pool, files, foundation.background, key, at_once=settings.worker_pool_workers)
    return Endpoints(
        routes=[routes.documents, routes.letters, archive_routes.archives, archive_routes.jobs],
        provides=[receipts, files, processor, unpacker],
        subscriptions=consumers.subscriptions(letters),
        jobs=jobs,
        checks={"worker_pool": worker_pool_check(pool), "files": files_check(files)},
    )


SERVICE = Service("documents", DocumentsSettings, Path(__file__).parent / "migrations", compose)
