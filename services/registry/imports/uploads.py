"""A workbook before it is an import: received, read by a worker, its headings found."""

import asyncio
import hashlib

import orjson

from services.registry.imports.import_kind import ImportKind
from services.registry.imports.rules import sheet_of
from services.registry.imports.use_cases import Workbook
from shared.problems import SignInRequired
from shared.web.problems import BodyTooLarge
from shared.web.routes import Incoming
from shared.workbooks.problems import WorkbookEmpty
from shared.workbooks.reading import read_workbook
from shared.workers.code import WorkerCode
from shared.workers.pool import WorkerPool
from shared.workers.scheduler import Share

LARGEST = 20 * 1024 * 1024
_PIECE = 64 * 1024
_RECEIVING_SECONDS = 300
WORKBOOK_WORKERS = WorkerCode(("shared.workbooks.reading",))


class WorkbookReader:
    """Reads workbooks in the worker pool."""

    def __init__(self, pool: WorkerPool) -> None:
        self._pool = pool

    async def read(self, incoming: Incoming, kind: ImportKind) -> Workbook:
        """The uploaded workbook; raises the refusals of shared.workbooks, BodyTooLarge, ColumnsMissing."""
        if incoming.caller is None:
            raise SignInRequired
        content = await _received(incoming)
        WorkbookEmpty.unless(content)
        share = Share(incoming.caller.account_id, len(content))
        rows = await self._pool.call(share, read_workbook, content)
        digest = hashlib.sha256(content).digest()
        name = incoming.request.query.get("name", "")[:200]
        form, needed = kind.subject.form, kind.needed
        found = await asyncio.to_thread(lambda: sheet_of(form, needed, orjson.loads(rows)))
        return Workbook(name, digest, found)


async def _received(incoming: Incoming) -> bytes:
    content = bytearray()
    async with asyncio.timeout(_RECEIVING_SECONDS):
        async for piece in incoming.request.content.iter_chunked(_PIECE):
            content += piece
            BodyTooLarge.unless(len(content) <= LARGEST, limit_mb=LARGEST // (1024 * 1024))
    return bytes(content)
