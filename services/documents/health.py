"""Whether the service can do its work: workers that start, a store that takes and gives files."""

from services.documents.files import FileStore
from shared.web.operations import Check
from shared.workers.pool import WorkerPool

_PROBE = b"fuma: can this store keep a file?"
_FAILING_SECONDS = 30.0


def worker_pool_check(pool: WorkerPool) -> Check:
    """Fails while no worker is up and none could be started for half a minute; a worker that restarts is usual."""

    async def check() -> str | None:
        failing = pool.failing_seconds
        if failing < _FAILING_SECONDS or pool.worker_pids:
            return None
        return f"no worker could be started for {failing:.0f} s"

    return check


def files_check(files: FileStore) -> Check:
    """Fails where a file cannot be written and read back; it is always the same one, so that nothing grows."""

    async def check() -> str | None:
        await files.get(await files.put(_PROBE))
        return None

    return check
