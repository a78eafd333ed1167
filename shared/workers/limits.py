"""What a worker pool may use, and what it counts."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.workers.scheduler import Lane


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """What the pool may use.

    Workers for uploads, beside one for letters and one for long work; bytes of address space each; seconds for a
    task, for its first slice, and for waiting; works of one account at once, and of all that wait; tasks for a
    worker, and the bytes of memory above which it is replaced. `confined` refuses to start without confinement.
    """

    workers: int = 2
    memory_bytes: int = 1024 * 1024 * 1024
    task_seconds: float = 30.0
    slice_seconds: float = 2.0
    wait_seconds: float = 30.0
    account_limit: int = 6
    waiting_limit: int = 64
    tasks_per_worker: int = 200
    resident_bytes: int = 384 * 1024 * 1024
    confined: bool = False

    @property
    def answer_bytes(self) -> int:
        """How long an answer may be: an honest worker holds it several times over before it is sent."""
        return self.memory_bytes // 4

    @property
    def slots(self) -> Sequence[Lane]:
        """The lane of each worker's slot."""
        return (Lane.LETTERS, *(Lane.SHORT for _ in range(self.workers)), Lane.LONG)


DEFAULT_LIMITS = WorkerLimits()


@dataclass(slots=True)
class PoolCounts:
    """What happened so far, for the metrics."""

    done: int = 0
    refused: int = 0
    over_time: int = 0
    over_memory: int = 0
    demoted: int = 0
    preempted: int = 0
    workers_lost: int = 0
    workers_started: int = 0
