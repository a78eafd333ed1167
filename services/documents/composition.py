"""Builds the documents service: the one place where its parts meet."""

import base64
from pathlib import Path

from services.documents import consumers, routes
from services.documents.files import FileStore
from services.documents.health import files_check, worker_pool_check
from services.documents.letter_maker import LetterMaker
from services.documents.pdf.worker_pool import WorkerPool
from services.documents.settings import DocumentsSettings
from services.documents.upload_intake import UploadIntake
from shared.security.tokens import Signer
from shared.service import Endpoints, Foundation, Service


async def compose(foundation: Foundation[DocumentsSettings]) -> Endpoints:
    """The store and the worker pool, and the doors that lead to them."""
    settings, work = foundation.settings, foundation.work
    key = base64.b64decode((settings.secrets / "letters.key").read_text("ascii"))
    receipts = Signer(settings.secrets / "receipt.private.pem", "receipt")
    files = FileStore.at(settings.files_url)
    worker_pool: WorkerPool = await foundation.keep(WorkerPool(settings.worker_pool))
    at_once, limit = settings.worker_pool_workers, settings.upload_bytes
    intake = UploadIntake(worker_pool, files, work, key, limit=limit, at_once=at_once + 1)
    letters = LetterMaker(worker_pool, files, foundation.background, key, at_once)
    return Endpoints(
        routes=[routes.documents, routes.letters],
        provides=[receipts, files, intake],
        subscriptions=consumers.subscriptions(letters),
        checks={"worker_pool": worker_pool_check(worker_pool), "files": files_check(files)},
    )


SERVICE = Service("documents", DocumentsSettings, Path(__file__).parent / "migrations", compose)
