"""Keeps the processes of a pool up: starts them, and replaces those that are lost, worn or in doubt."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from shared.workers.code import WorkerCode
from shared.workers.limits import PoolCounts, WorkerLimits
from shared.workers.problems import WorkerInterrupted
from shared.workers.process import WorkerLost, WorkerProcess
from shared.workers.sandbox import Confinement
from shared.workers.scheduler import Lane

_log = logging.getLogger(__name__)
_LONGEST_RESTART_DELAY = 10.0


class ConfinementMissing(RuntimeError):
    """Workers are to be confined, and this machine lets them do what they must not."""


class WorkerSupervisor:
    """Gives out idle processes and takes them back; `slot_is_free` is called when a process is up for a slot."""

    def __init__(
        self,
        limits: WorkerLimits,
        code: WorkerCode,
        counts: PoolCounts,
        slot_is_free: Callable[[Lane], None],
    ) -> None:
        self._limits = limits
        self._code = code
        self._counts = counts
        self._slot_is_free = slot_is_free
        self._processes: set[WorkerProcess] = set()
        self._in_use: set[WorkerProcess] = set()
        self._idle: asyncio.Queue[WorkerProcess | None] = asyncio.Queue()
        self._restarts: set[asyncio.Task[None]] = set()
        self._failing_since: float | None = None
        self._closed = False
        self.confinement = Confinement({}, ())

    @property
    def pids(self) -> frozenset[int]:
        """The process ids of the workers that are up."""
        return frozenset(process.pid for process in self._processes if process.alive)

    @property
    def failing_seconds(self) -> float:
        """For how long no worker could be started; 0 where all is well."""
        return 0.0 if self._failing_since is None else _now() - self._failing_since

    async def start(self) -> None:
        """Starts a process for each slot; raises ConfinementMissing where one can do what it must not."""
        async with asyncio.TaskGroup() as starting:
            for slot in self._limits.slots:
                starting.create_task(self._start_worker(slot))
        check_confinement(self.confinement, required=self._limits.confined)

    async def close(self) -> None:
        """Ends all processes; who waits for one gets WorkerInterrupted."""
        self._closed = True
        self._idle.put_nowait(None)
        restarts, self._restarts = self._restarts, set()
        for restart in restarts:
            restart.cancel()
        await asyncio.gather(*restarts, return_exceptions=True)
        processes, self._processes = self._processes, set()
        await asyncio.gather(*(process.close() for process in processes))

    async def acquire(self) -> WorkerProcess:
        """Waits for an idle process; raises WorkerInterrupted when the pool is closed."""
        while (process := await self._idle.get()) is not None:
            if process.alive and not process.retired:
                self._in_use.add(process)
                return process
            self._replace(process)
        self._idle.put_nowait(None)
        raise WorkerInterrupted

    def release(self, process: WorkerProcess, slot: Lane, *, reusable: bool) -> None:
        """Takes a process back; its slot is free now, or when the process that replaces it is up."""
        self._in_use.discard(process)
        if reusable and process.alive and not process.retired:
            self._idle.put_nowait(process)
            self._slot_is_free(slot)
            self._renew_if_due(process)
        else:
            self._replace(process, slot)

    def _replace(self, process: WorkerProcess, slot: Lane | None = None) -> None:
        """Ends a worker and starts another in the background; the slot is free when that one is up."""
        if not (self._closed or process.closing):
            process.closing = True
            self._in_background(self._replaced(process, slot))

    def _renew_if_due(self, process: WorkerProcess) -> None:
        """Retires a worker that is worn or swollen, once its successor is up: nobody waits for that."""
        worn = process.tasks_done >= self._limits.tasks_per_worker
        if not (self._closed or process.expiring) and (
            worn or process.resident_bytes > self._limits.resident_bytes
        ):
            process.expiring = True
            self._in_background(self._renewed(process))

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        restart = asyncio.create_task(work)
        self._restarts.add(restart)
        restart.add_done_callback(self._restarts.discard)

    async def _replaced(self, process: WorkerProcess, slot: Lane | None) -> None:
        await process.close()
        self._processes.discard(process)
        if process.expiring:  # its successor is up, or on its way
            if slot is not None:
                self._slot_is_free(slot)
        else:
            await self._start_successor(slot)

    async def _renewed(self, process: WorkerProcess) -> None:
        await self._start_successor(None)
        process.retired = True
        if process not in self._in_use:
            self._replace(process)

    async def _start_successor(self, slot: Lane | None) -> None:
        delay = 0.1
        while True:
            try:
                return await self._start_worker(slot)
            except (WorkerLost, TimeoutError, OSError) as error:
                self._failing_since = self._failing_since or _now()
                _log.warning("a worker could not be started, trying again in %.1f s: %s", delay, error)
                await asyncio.sleep(delay)
                delay = min(delay * 2, _LONGEST_RESTART_DELAY)

    async def _start_worker(self, slot: Lane | None) -> None:
        limits = self._limits
        process = await WorkerProcess.start(
            limits.memory_bytes, limits.task_seconds, limits.answer_bytes, self._code
        )
        self._counts.workers_started += 1
        self._failing_since = None
        self.confinement = process.confinement
        self._processes.add(process)
        self._idle.put_nowait(process)
        if slot is not None:
            self._slot_is_free(slot)


def check_confinement(confinement: Confinement, *, required: bool) -> None:
    """Logs what workers are still able to do; raises ConfinementMissing where they must not be able to."""
    if confinement.remaining:
        missing = [f"{name}: {state}" for name, state in confinement.layers.items() if "applied" not in state]
        able = f"workers are able to {', '.join(confinement.remaining)} ({'; '.join(missing)})"
        if required:
            raise ConfinementMissing(able)
        _log.warning("%s", able)
    _log.info("workers are confined by %s", confinement.layers)


def _now() -> float:
    return asyncio.get_running_loop().time()
