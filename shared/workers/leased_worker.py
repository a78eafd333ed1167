"""A worker while one piece of work has it: calls of functions in its process, and what their failures mean."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

from shared.workers.limits import PoolCounts
from shared.workers.problems import FileUnprocessable, ProcessingMemoryExceeded, ProcessingTimeExceeded
from shared.workers.process import WorkerLost, WorkerProcess, encode_task
from shared.workers.protocol import Outcome
from shared.workers.results import Answer, result_type
from shared.workers.scheduler import Ticket

P = ParamSpec("P")
R = TypeVar("R")
_log = logging.getLogger(__name__)


class LeasedWorker:
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
