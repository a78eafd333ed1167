"""Builds the documents service: the one place where its parts meet."""

import base64
from pathlib import Path

from services.documents import consumers, routes
from services.documents.desk import Desk
from services.documents.files import FileStore
from services.documents.health import files_check, workshop_check
from services.documents.lettering import LetterRoom
from services.documents.paper.workshop import Workshop
from services.documents.routes import DocumentDoor, LetterDoor
from services.documents.settings import DocumentsSettings
from shared.security.tokens import Signer
from shared.service import Doors, Foundation, Service


async def compose(foundation: Foundation[DocumentsSettings]) -> Doors:
    """The store and the workshop, and the doors that lead to them."""
    settings, work = foundation.settings, foundation.work
    key = base64.b64decode((settings.secrets / "letters.key").read_text("ascii"))
    receipts = Signer(settings.secrets / "receipt.private.pem", "receipt")
    files = FileStore.at(settings.files_url)
    workshop: Workshop = await foundation.keep(Workshop(settings.workshop))
    at_once, limit = settings.workshop_workers, settings.upload_bytes
    desk = Desk(workshop, files, work, key, limit=limit, at_once=at_once + 1)
    letters = LetterRoom(workshop, files, work, key, at_once)
    return Doors(
        routes=[
            routes.documents(DocumentDoor(work, files, receipts), desk, limit),
            routes.letters(LetterDoor(work, files), desk, limit),
        ],
        subscriptions=consumers.subscriptions(letters),
        checks={"workshop": workshop_check(workshop), "files": files_check(files)},
    )


SERVICE = Service("documents", DocumentsSettings, Path(__file__).parent / "migrations", compose)
