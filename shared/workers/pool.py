"""The worker pool: a fixed number of processes in which everything that reads hostile files happens.

Built on asyncio's own subprocesses rather than on multiprocessing, concurrent.futures or pebble: those share one
locked channel between all workers, and a worker that is killed while it holds the lock takes the others with it.
Here each worker has pipes of its own, is started afresh (no fork of a process with threads), and ends alone.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from types import TracebackType
from typing import ParamSpec, Self, TypeVar

from shared.workers.code import WorkerCode
from shared.workers.leased_worker import LeasedWorker
from shared.workers.limits import DEFAULT_LIMITS, PoolCounts, WorkerLimits
from shared.workers.problems import WorkerInterrupted
from shared.workers.process import WorkerLost, WorkerProcess
from shared.workers.sandbox import Confinement
from shared.workers.scheduler import Lane, Scheduler, SchedulerLimits, Share, Ticket
from shared.workers.supervisor import WorkerSupervisor

P = ParamSpec("P")
R = TypeVar("R")
_ATTEMPTS = 3


class WorkerPool:
    """`async with WorkerPool(code, limits) as pool: await pool.call(PLATFORM, letter_paper, letter)`."""

    def __init__(self, code: WorkerCode, limits: WorkerLimits = DEFAULT_LIMITS) -> None:
        self._limits = limits
        self._scheduler = Scheduler(
            SchedulerLimits(limits.workers, limits.slice_seconds, limits.account_limit, limits.waiting_limit)
        )
        self._grants: dict[Ticket, asyncio.Future[None]] = {}
        self._workers: dict[Ticket, LeasedWorker] = {}
        self._closed = False
        self.counts = PoolCounts()
        self._supervisor = WorkerSupervisor(limits, code, self.counts, self._free_slot)

    async def __aenter__(self) -> Self:
        try:
            await self._supervisor.start()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def confinement(self) -> Confinement:
        """How the workers are confined."""
        return self._supervisor.confinement

    @property
    def worker_pids(self) -> frozenset[int]:
        """The process ids of the workers that are up."""
        return self._supervisor.pids

    @property
    def failing_seconds(self) -> float:
        """For how long no worker could be started; 0 where all is well."""
        return self._supervisor.failing_seconds

    def count_waiting(self, lane: Lane) -> int:
        """How many pieces of work wait in a lane."""
        return self._scheduler.count_waiting(lane)

    def check(self, share: Share) -> None:
        """Raises TooManyUploadsAtOnce or WorkersBusy where `run` would refuse at once."""
        self._scheduler.check(share)

    async def call(self, share: Share, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """One call of a function in a worker; raises what `run` and `LeasedWorker.call` raise."""
        return await self.run(share, lambda worker: worker.call(function, *args, **kwargs))

    async def run(self, share: Share, work: Callable[[LeasedWorker], Awaitable[R]]) -> R:
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
        for grant in self._grants.values():
            if not grant.done():
                grant.set_exception(WorkerInterrupted())
        await self._supervisor.close()

    async def _attempt(self, ticket: Ticket, work: Callable[[LeasedWorker], Awaitable[R]]) -> R:
        """One attempt, begun again for as long as it is stopped in favour of shorter work."""
        while True:
            try:
                async with self._worker(ticket) as worker:
                    return await work(worker)
            except WorkerLost:
                if not ticket.preempted:
                    raise

    @contextlib.asynccontextmanager
    async def _worker(self, ticket: Ticket) -> AsyncIterator[LeasedWorker]:
        await self._acquire_slot(ticket)
        process: WorkerProcess | None = None
        try:
            process = await self._supervisor.acquire()
            worker = LeasedWorker(process, ticket, self._limits.task_seconds, self.counts)
            self._workers[ticket] = worker
            yield worker
        finally:
            self._workers.pop(ticket, None)
            low_priority = ticket.demoted
            slot = self._scheduler.release(ticket, self._now())
            if process is None:
                self._free_slot(slot)
            else:
                self._supervisor.release(process, slot, reusable=worker.reusable and not low_priority)

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

    def _free_slot(self, slot: Lane) -> None:
        self._scheduler.add_slot(slot)
        self._dispatch()

    def _dispatch(self) -> None:
        """Lets run what may run; looks again when what runs now has had its time slice."""
        now = self._now()
        while True:
            while ticket := self._scheduler.next(now):
                self._grant(ticket)
            if (overdue := self._scheduler.free_worker(now)) is None:
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

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
