"""Whether the service can do its work: workers that are up, a store that takes files and gives them back."""

from services.documents.files import FileStore
from services.documents.pdf.worker_pool import WorkerPool
from shared.web.operations import Check

_PROBE = b"fuma: can this store keep a file?"


def worker_pool_check(worker_pool: WorkerPool) -> Check:
    """Fails while no worker is up."""

    async def check() -> str | None:
        return None if worker_pool.healthy else "no worker is up"

    return check


def files_check(files: FileStore) -> Check:
    """Fails where a file cannot be written and read back; it is always the same one, so that nothing grows."""

    async def check() -> str | None:
        await files.get(await files.put(_PROBE))
        return None

    return check
