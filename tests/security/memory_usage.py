"""The peak memory of a process and its workers."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

MEGABYTE = 1024 * 1024


@dataclass(slots=True)
class Peak:
    """The peak memory in MB: of the process itself, of any worker, and of all together."""

    own: int = 0
    worker: int = 0
    together: int = 0
    workers: set[int] = field(default_factory=set)

    def look(self, pid: int) -> None:
        """Measures once."""
        workers = _children(pid)
        own, others = _resident(pid), [_resident(worker) for worker in workers]
        self.workers |= set(workers)
        self.own = max(self.own, own)
        self.worker = max(self.worker, *others, 0)
        self.together = max(self.together, own + sum(others))


def _children(pid: int) -> list[int]:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return [int(one) for task in Path(f"/proc/{pid}/task").iterdir() for one in _of_task(task)]
    return []


def _of_task(task: Path) -> list[str]:
    return (task / "children").read_text().split()


def _resident(pid: int) -> int:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) // 1024
    return 0


@asynccontextmanager
async def watched_memory(pid: int) -> AsyncIterator[Peak]:
    """Measures memory every few milliseconds while the block runs."""
    peak = Peak()

    async def watch() -> None:
        while True:
            peak.look(pid)
            await asyncio.sleep(0.01)

    watching = asyncio.create_task(watch())
    try:
        yield peak
    finally:
        watching.cancel()
