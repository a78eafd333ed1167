"""The worker pool: a fixed number of worker processes in which everything that reads strangers' files happens.

Built on asyncio's own subprocesses rather than on multiprocessing or pebble: those share one locked channel
between all workers, and a worker that is killed while it holds the lock takes the others with it. Here each
worker has pipes of its own, is started afresh (no fork of a process with threads), and ends alone.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar, cast

from pydantic import TypeAdapter

from services.documents.pdf.answers import How
from services.documents.pdf.errors import (
    FileUnprocessable,
    ProcessingMemoryExceeded,
    ProcessingTimeExceeded,
    WorkerInterrupted,
    WorkersBusy,
)
from services.documents.pdf.forms import Answer, form_of
from services.documents.pdf.worker_process import WorkerLost, WorkerProcess, packed

P = ParamSpec("P")
R = TypeVar("R")
_log = logging.getLogger(__name__)
_ATTEMPTS = 2
_BUSY_RETRY_SECONDS = 5
_LONGEST_RESTART_DELAY = 10.0
PAPER_WORK = (
    "services.documents.pdf.letter",
    "services.documents.pdf.pages",
    "services.documents.pdf.recognition",
)


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """What the pool may use: workers, bytes of address space each, seconds for a task, tasks for a worker."""

    workers: int = 2
    memory_bytes: int = 1024 * 1024 * 1024
    task_seconds: float = 30.0
    tasks_per_worker: int = 200
    waiting_limit: int = 64

    @property
    def answer_bytes(self) -> int:
        """How long an answer may be: an honest worker holds it several times over before it is sent."""
        return self.memory_bytes // 4


@dataclass(slots=True)
class PoolCounts:
    """What happened so far, for the metrics."""

    done: int = 0
    refused: int = 0
    too_heavy: int = 0
    workers_lost: int = 0
    workers_started: int = 0


class WorkerPool:
    """`async with WorkerPool(limits) as pool: await pool.do(render_letter, letter)`.

    `modules` are what workers load before their first task.
    """

    def __init__(self, limits: WorkerLimits = WorkerLimits(), modules: Sequence[str] = PAPER_WORK) -> None:
        self._limits = limits
        self._modules = modules
        self._idle: asyncio.Queue[WorkerProcess | None] = asyncio.Queue()
        self._places: set[WorkerProcess] = set()
        self._restarts: set[asyncio.Task[None]] = set()
        self._retry_queue = 0
        self.counts = PoolCounts()

    async def __aenter__(self) -> Self:
        try:
            async with asyncio.TaskGroup() as starting:
                for _ in range(self._limits.workers):
                    starting.create_task(self._open_place())
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def worker_pids(self) -> frozenset[int]:
        """The process ids of the workers that are up."""
        return frozenset(place.pid for place in self._places if place.alive)

    @property
    def healthy(self) -> bool:
        """Whether at least one worker is up."""
        return bool(self.worker_pids)

    async def do(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Has a worker call the function; the refusals of a paper that it raises are raised here.

        Raises ProcessingTimeExceeded and ProcessingMemoryExceeded over those limits; FileUnprocessable when the
        task crashed its worker or made it answer what does not fit the function; TaskFailed when the task raised
        anything else; WorkerInterrupted when workers were killed from outside twice; WorkersBusy when too many
        wait.
        """
        if kwargs:
            raise TypeError("a task takes positional arguments only")
        task, form = packed(function, args), form_of(function)
        for _ in range(_ATTEMPTS):
            place = await self._take_place()
            with contextlib.suppress(WorkerLost):
                return cast("R", self._outcome(await self._run(place, task, form)))
        raise WorkerInterrupted

    async def close(self) -> None:
        """Ends all workers; tasks under way and tasks that wait are told that they were interrupted."""
        self._idle.put_nowait(None)
        restarts, self._restarts = self._restarts, set()
        for restart in restarts:
            restart.cancel()
        await asyncio.gather(*restarts, return_exceptions=True)
        places, self._places = self._places, set()
        await asyncio.gather(*(place.close() for place in places))

    async def _take_place(self) -> WorkerProcess:
        if self._retry_queue >= self._limits.waiting_limit:
            raise WorkersBusy().after(_BUSY_RETRY_SECONDS)
        self._retry_queue += 1
        try:
            while (place := await self._idle.get()) is not None:
                if place.alive and not place.retired:
                    return place
                self._replace(place)
        finally:
            self._retry_queue -= 1
        self._idle.put_nowait(None)
        raise WorkerInterrupted

    async def _run(self, place: WorkerProcess, task: bytes, form: TypeAdapter[Any]) -> Answer:
        """One attempt; the place goes back to the idle ones only after a whole answer."""
        reusable = False
        try:
            async with asyncio.timeout(self._limits.task_seconds):
                answer = await place.run(task, form)
            reusable = answer.how is not How.OUT_OF_MEMORY and not place.retired
        except TimeoutError:
            self.counts.too_heavy += 1
            raise ProcessingTimeExceeded from None
        except WorkerLost as lost:
            self.counts.workers_lost += 1
            _log.warning("a worker was lost in a task: %s", lost)
            if lost.from_outside:
                raise
            raise FileUnprocessable from None
        finally:
            if reusable:
                self._idle.put_nowait(place)
                self._renew(place)
            else:
                self._replace(place)
        return answer

    def _outcome(self, answer: Answer) -> Any:
        if answer.how is How.OUT_OF_MEMORY:
            self.counts.too_heavy += 1
            raise ProcessingMemoryExceeded
        if answer.how is not How.DONE:
            self.counts.refused += 1
            problem: BaseException = answer.what
            try:
                raise problem
            finally:
                # What is raised holds this frame: if the frame held it too, the file would stay in memory.
                del answer, problem
        self.counts.done += 1
        return answer.what

    def _replace(self, place: WorkerProcess) -> None:
        """Ends a worker and starts another in the background, so that no caller waits for it."""
        if place in self._places:
            self._in_background(self._replaced(place))

    def _renew(self, place: WorkerProcess) -> None:
        """Retires a worker that has done its number of tasks once its successor is up: nobody waits for that."""
        if place.tasks_done >= self._limits.tasks_per_worker and not place.ageing:
            place.ageing = True
            self._in_background(self._renewed(place))

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        restart = asyncio.create_task(work)
        self._restarts.add(restart)
        restart.add_done_callback(self._restarts.discard)

    async def _replaced(self, place: WorkerProcess) -> None:
        await place.close()
        self._places.discard(place)
        if not place.ageing:  # the successor of an ageing one is on its way already
            await self._successor()

    async def _renewed(self, place: WorkerProcess) -> None:
        await self._successor()
        place.retired = True

    async def _successor(self) -> None:
        delay = 0.1
        while True:
            try:
                return await self._open_place()
            except (WorkerLost, TimeoutError, OSError) as problem:
                _log.warning("a worker could not be started, trying again in %.1f s: %s", delay, problem)
                await asyncio.sleep(delay)
                delay = min(delay * 2, _LONGEST_RESTART_DELAY)

    async def _open_place(self) -> None:
        limits = self._limits
        place = await WorkerProcess.open(
            limits.memory_bytes, limits.task_seconds, limits.answer_bytes, self._modules
        )
        self.counts.workers_started += 1
        self._places.add(place)
        self._idle.put_nowait(place)
