"""The worker pool: a fixed number of processes in which everything that reads hostile files happens.

Built on asyncio's own subprocesses rather than on multiprocessing, concurrent.futures or pebble: those share one
locked channel between all workers, and a worker that is killed while it holds the lock takes the others with it.
Here each worker has pipes of its own, is started afresh (no fork of a process with threads), and ends alone.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar, cast

from services.documents.pdf.errors import (
    FileUnprocessable,
    ProcessingMemoryExceeded,
    ProcessingTimeExceeded,
    WorkerInterrupted,
)
from services.documents.workers.process import WorkerLost, WorkerProcess, encode_task
from services.documents.workers.protocol import Outcome
from services.documents.workers.results import Answer, result_type
from services.documents.workers.sandbox import Confinement
from services.documents.workers.scheduler import Lane, Scheduler, SchedulerLimits, Share, Ticket

P = ParamSpec("P")
R = TypeVar("R")
_log = logging.getLogger(__name__)
_ATTEMPTS = 3
_LONGEST_RESTART_DELAY = 10.0
PRELOADED = (
    "services.documents.pdf.letter",
    "services.documents.pdf.pages",
    "services.documents.pdf.recognition",
)


class ConfinementMissing(RuntimeError):
    """Workers are to be confined, and this machine lets them do what they must not."""


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


class Worker:
    """A worker while one piece of work has it; `reusable` until a task leaves it in doubt."""

    def __init__(self, process: WorkerProcess, ticket: Ticket, task_seconds: float, counts: PoolCounts) -> None:
        self.process = process
        self.reusable = True
        self.calling = False
        self._ticket = ticket
        self._task_seconds = task_seconds
        self._counts = counts

    async def call(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Has the worker call the function; the refusals of a file that it raises are raised here.

        Raises ProcessingTimeExceeded and ProcessingMemoryExceeded over those limits; FileUnprocessable when the
        task crashed its worker or made it answer what does not fit the function; TaskFailed when the task raised
        anything else; WorkerLost when somebody else killed the worker.
        """
        if kwargs:
            raise TypeError("a task takes positional arguments only")
        if self._ticket.preempted:
            raise WorkerLost(None, "its work gives way")
        return cast("R", self._value(await self._answer(function, args)))

    async def _answer(self, function: Callable[..., Any], args: tuple[Any, ...]) -> Answer:
        self.reusable, self.calling = False, True
        try:
            async with asyncio.timeout(self._task_seconds):
                answer = await self.process.run(encode_task(function, args), result_type(function))
        except TimeoutError:
            self._counts.over_time += 1
            raise ProcessingTimeExceeded from None
        except WorkerLost as lost:
            if not self._ticket.preempted:
                self._counts.workers_lost += 1
                _log.warning("a worker was lost in a task: %s", lost)
            if lost.from_outside:
                raise
            raise FileUnprocessable from None
        finally:
            self.calling = False
        self.reusable = answer.outcome is not Outcome.OUT_OF_MEMORY
        return answer

    def _value(self, answer: Answer) -> Any:
        if answer.outcome is Outcome.OUT_OF_MEMORY:
            self._counts.over_memory += 1
            raise ProcessingMemoryExceeded
        if answer.outcome is not Outcome.DONE:
            self._counts.refused += 1
            error: BaseException = answer.value
            try:
                raise error
            finally:
                # What is raised holds this frame: if the frame held it too, the file would stay in memory.
                del answer, error
        self._counts.done += 1
        return answer.value


class WorkerPool:
    """`async with WorkerPool(limits) as pool: await pool.call(PLATFORM, letter_paper, letter)`.

    `modules` are what workers load before they give up their rights.
    """

    def __init__(self, limits: WorkerLimits = WorkerLimits(), modules: Sequence[str] = PRELOADED) -> None:
        self._limits = limits
        self._modules = modules
        self._scheduler = Scheduler(
            SchedulerLimits(limits.workers, limits.slice_seconds, limits.account_limit, limits.waiting_limit)
        )
        self._processes: set[WorkerProcess] = set()
        self._idle: asyncio.Queue[WorkerProcess | None] = asyncio.Queue()
        self._grants: dict[Ticket, asyncio.Future[None]] = {}
        self._workers: dict[Ticket, Worker] = {}
        self._restarts: set[asyncio.Task[None]] = set()
        self._failing_since: float | None = None
        self._closed = False
        self.confinement = Confinement({}, ())
        self.counts = PoolCounts()

    async def __aenter__(self) -> Self:
        try:
            async with asyncio.TaskGroup() as starting:
                for slot in self._limits.slots:
                    starting.create_task(self._start_worker(slot))
            self._check_confinement()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def worker_pids(self) -> frozenset[int]:
        """The process ids of the workers that are up."""
        return frozenset(process.pid for process in self._processes if process.alive)

    @property
    def failing_seconds(self) -> float:
        """For how long no worker could be started; 0 where all is well."""
        return 0.0 if self._failing_since is None else self._now() - self._failing_since

    def count_waiting(self, lane: Lane) -> int:
        """How many pieces of work wait in a lane."""
        return self._scheduler.count_waiting(lane)

    def check(self, share: Share) -> None:
        """Raises TooManyUploadsAtOnce or WorkersBusy where `run` would refuse at once."""
        self._scheduler.check(share)

    async def call(self, share: Share, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """One call of a function in a worker; raises what `run` and `Worker.call` raise."""
        return await self.run(share, lambda worker: worker.call(function, *args, **kwargs))

    async def run(self, share: Share, work: Callable[[Worker], Awaitable[R]]) -> R:
        """Runs the work with a worker of its own, which is the time to read its files into memory.

        The work may be begun again: when it has to give way to shorter work, and twice where its worker is killed
        from outside. Raises TooManyUploadsAtOnce when the account's share is used up; WorkersBusy when too many
        wait, or for too long; WorkerInterrupted when workers were killed each time.
        """
        ticket = self._scheduler.admit(share)
        try:
            for _ in range(_ATTEMPTS):
                with contextlib.suppress(WorkerLost):
                    return await self._attempt(ticket, work)
            raise WorkerInterrupted
        finally:
            self._scheduler.leave(ticket)

    async def close(self) -> None:
        """Ends all workers; work under way and work that waits raises WorkerInterrupted."""
        self._closed = True
        self._idle.put_nowait(None)
        for grant in self._grants.values():
            if not grant.done():
                grant.set_exception(WorkerInterrupted())
        restarts, self._restarts = self._restarts, set()
        for restart in restarts:
            restart.cancel()
        await asyncio.gather(*restarts, return_exceptions=True)
        processes, self._processes = self._processes, set()
        await asyncio.gather(*(process.close() for process in processes))

    async def _attempt(self, ticket: Ticket, work: Callable[[Worker], Awaitable[R]]) -> R:
        """One attempt, begun again for as long as it is stopped in favour of shorter work."""
        while True:
            try:
                async with self._worker(ticket) as worker:
                    return await work(worker)
            except WorkerLost:
                if not ticket.preempted:
                    raise

    @contextlib.asynccontextmanager
    async def _worker(self, ticket: Ticket) -> AsyncIterator[Worker]:
        await self._acquire_slot(ticket)
        process: WorkerProcess | None = None
        try:
            process = await self._take_process()
            worker = Worker(process, ticket, self._limits.task_seconds, self.counts)
            self._workers[ticket] = worker
            yield worker
        finally:
            self._workers.pop(ticket, None)
            if process is None:
                self._free_slot(self._scheduler.release(ticket, self._now()))
            else:
                self._give_back(ticket, process, reusable=worker.reusable)

    async def _acquire_slot(self, ticket: Ticket) -> None:
        if self._closed:
            raise WorkerInterrupted
        grant = self._grants[ticket] = asyncio.get_running_loop().create_future()
        self._scheduler.enqueue(ticket)
        self._dispatch()
        try:
            async with asyncio.timeout(self._limits.wait_seconds if ticket.share.account else None):
                await grant
        except BaseException as error:
            self._scheduler.withdraw(ticket)
            if ticket.slot is not None:
                self._free_slot(self._scheduler.release(ticket, self._now()))
            if isinstance(error, TimeoutError):
                raise self._scheduler.refusal(ticket, self._now()) from None
            raise
        finally:
            del self._grants[ticket]

    async def _take_process(self) -> WorkerProcess:
        while (process := await self._idle.get()) is not None:
            if process.alive and not process.retired:
                return process
            self._replace(process)
        self._idle.put_nowait(None)
        raise WorkerInterrupted

    def _give_back(self, ticket: Ticket, process: WorkerProcess, *, reusable: bool) -> None:
        low_priority = ticket.demoted
        slot = self._scheduler.release(ticket, self._now())
        if reusable and process.alive and not process.retired and not low_priority:
            self._idle.put_nowait(process)
            self._free_slot(slot)
            self._renew_if_due(process)
        else:
            self._replace(process, slot)

    def _free_slot(self, slot: Lane) -> None:
        self._scheduler.add_slot(slot)
        self._dispatch()

    def _dispatch(self) -> None:
        """Lets run what may run; looks again when what runs now has had its time slice."""
        now = self._now()
        while True:
            while ticket := self._scheduler.next(now):
                self._grant(ticket)
            if (overdue := self._scheduler.make_room(now)) is None:
                return
            self._slow_down(overdue)

    def _grant(self, ticket: Ticket) -> None:
        grant = self._grants[ticket]
        if not grant.done():
            grant.set_result(None)
        if ticket.slot is Lane.SHORT:
            asyncio.get_running_loop().call_later(self._limits.slice_seconds, self._dispatch)

    def _slow_down(self, ticket: Ticket) -> None:
        worker = self._workers.get(ticket)
        if ticket.demoted:
            self.counts.demoted += 1
            if worker is not None:
                worker.process.lower_priority()
        elif worker is not None and worker.calling:
            self.counts.preempted += 1
            worker.process.kill()

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
                self._free_slot(slot)
        else:
            await self._start_successor(slot)

    async def _renewed(self, process: WorkerProcess) -> None:
        await self._start_successor(None)
        process.retired = True
        if all(worker.process is not process for worker in self._workers.values()):
            self._replace(process)

    async def _start_successor(self, slot: Lane | None) -> None:
        delay = 0.1
        while True:
            try:
                return await self._start_worker(slot)
            except (WorkerLost, TimeoutError, OSError) as error:
                self._failing_since = self._failing_since or self._now()
                _log.warning("a worker could not be started, trying again in %.1f s: %s", delay, error)
                await asyncio.sleep(delay)
                delay = min(delay * 2, _LONGEST_RESTART_DELAY)

    async def _start_worker(self, slot: Lane | None) -> None:
        limits = self._limits
        process = await WorkerProcess.start(
            limits.memory_bytes, limits.task_seconds, limits.answer_bytes, self._modules
        )
        self.counts.workers_started += 1
        self._failing_since = None
        self.confinement = process.confinement
        self._processes.add(process)
        self._idle.put_nowait(process)
        if slot is not None:
            self._free_slot(slot)

    def _check_confinement(self) -> None:
        """Tells what workers are still able to do; ConfinementMissing where they must not be able to."""
        missing = [f"{name}: {state}" for name, state in self.confinement.layers.items() if "applied" not in state]
        if self.confinement.remaining:
            told = f"workers are able to {', '.join(self.confinement.remaining)} ({'; '.join(missing)})"
            if self._limits.confined:
                raise ConfinementMissing(told)
            _log.warning("%s", told)
        _log.info("workers are confined by %s", self.confinement.layers)

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
