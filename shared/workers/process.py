"""A worker process as the service sees it: what it is sent, what it answers, how it ends."""

import asyncio
import contextlib
import os
import pickle
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self, cast

from pydantic import TypeAdapter

from shared.workers.code import FILES_VARIABLE, WorkerCode
from shared.workers.protocol import HEAD, LENGTH
from shared.workers.results import STRUCTURE_LIMIT, Answer, decode
from shared.workers.sandbox import Confinement

_STREAM_LIMIT = 16 * 1024 * 1024
_START_SECONDS = 60
_PIECE = 1024 * 1024
_LOW_PRIORITY = 5
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
# A worker gets none of the service's settings, which hold keys and passwords.
_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
_CONFINEMENT: TypeAdapter[Confinement] = TypeAdapter(Confinement)


class WorkerLost(Exception):
    """The worker ended in the middle of a task; `by_signal` is what ended it, if a signal did."""

    def __init__(self, by_signal: int | None, reason: str = "it ended") -> None:
        super().__init__(f"{reason}, by signal {by_signal}" if by_signal else reason)
        self.by_signal = by_signal

    @property
    def from_outside(self) -> bool:
        """Whether somebody killed it, rather than the task crashing it."""
        return self.by_signal in {signal.SIGKILL, signal.SIGTERM}


class WorkerAnswerInvalid(WorkerLost):
    """The worker answered what none of ours answers: a hostile file may have taken it over."""

    def __init__(self, reason: str) -> None:
        super().__init__(None, f"its answer is invalid: {reason}")


class WorkerProcess:
    """A running worker and its two pipes.

    `expiring`: its successor is being started; `retired`: that one is up, and this one takes no further task.
    """

    def __init__(self, process: asyncio.subprocess.Process, answer_bytes: int) -> None:
        self._process = process
        self._answer_bytes = answer_bytes
        # `start` asks for both pipes; what a process has for them is None only where they were not asked for.
        self._tasks = cast("asyncio.StreamWriter", process.stdin)
        self._answers = cast("asyncio.StreamReader", process.stdout)
        self.confinement = Confinement({}, ())
        self.tasks_done = 0
        self.expiring = False
        self.retired = False
        self.closing = False

    @classmethod
    async def start(cls, memory_bytes: int, task_seconds: float, answer_bytes: int, code: WorkerCode) -> Self:
        """A worker that has loaded its modules and given up its rights; WorkerLost where it cannot start."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "shared.workers.worker", str(memory_bytes), str(task_seconds)),
            *code.modules,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_STREAM_LIMIT,
            env=_environment(code),
            start_new_session=True,
        )
        worker = cls(process, answer_bytes)
        try:
            async with asyncio.timeout(_START_SECONDS):
                worker.confinement = (await worker._answer(_CONFINEMENT)).value
        except BaseException:
            await worker.close()
            raise
        return worker

    @property
    def pid(self) -> int:
        """The worker's process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the worker still runs."""
        return self._process.returncode is None

    @property
    def resident_bytes(self) -> int:
        """The memory that it holds now, as the kernel counts it; 0 where that cannot be read."""
        try:
            return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * _PAGE_BYTES
        except OSError:
            return 0

    async def run(self, task: bytes, result: TypeAdapter[Any]) -> Answer:
        """Has the worker do one task, whose result has that type.

        Raises WorkerLost when it ends before the answer, WorkerAnswerInvalid when it answers anything else.
        """
        self.tasks_done += 1
        with contextlib.suppress(ConnectionError):  # shown by the missing answer
            self._tasks.write(LENGTH.pack(len(task)))
            # Piece by piece: the pipe's own buffer would else hold the whole of a large file once more.
            for start in range(0, len(task), _PIECE):
                self._tasks.write(memoryview(task)[start : start + _PIECE])
                await self._tasks.drain()
        return await self._answer(result)

    def lower_priority(self) -> None:
        """From now on it gets what processor time others leave; that is for good."""
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, self.pid, _LOW_PRIORITY)

    def kill(self) -> None:
        """Ends the worker at once, whatever it does."""
        if self.alive:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    async def close(self) -> None:
        """Ends the worker and waits until it is gone."""
        self.closing = True
        self.kill()
        self._tasks.close()
        await self._process.wait()

    async def _answer(self, result: TypeAdapter[Any]) -> Answer:
        try:
            outcome, count = HEAD.unpack(await self._answers.readexactly(HEAD.size))
            return decode(outcome, await self._pieces(count), result)
        except ValueError as misfit:
            raise WorkerAnswerInvalid(str(misfit)) from None
        except (asyncio.IncompleteReadError, ConnectionError):
            code = await self._process.wait()
            raise WorkerLost(-code if code < 0 else None) from None

    async def _pieces(self, count: int) -> list[bytes]:
        """The structure and the byte strings; raises ValueError before anything that is too long is read."""
        pieces: list[bytes] = []
        remaining = STRUCTURE_LIMIT
        for _ in range(count):
            (length,) = LENGTH.unpack(await self._answers.readexactly(LENGTH.size))
            if length > remaining:
                raise ValueError(f"a piece of {length} bytes where {remaining} are allowed")
            remaining = remaining - length if pieces else self._answer_bytes
            pieces.append(await self._answers.readexactly(length))
        return pieces


def encode_task(function: Callable[..., Any], arguments: tuple[Any, ...]) -> bytes:
    """A task as it goes to a worker; the function must be one that another process can import."""
    return pickle.dumps((function, arguments), pickle.HIGHEST_PROTOCOL)


def _environment(code: WorkerCode) -> dict[str, str]:
    passed_on = {name: os.environ[name] for name in (*_ENVIRONMENT, *code.variables) if name in os.environ}
    # One arena and one thread: an address-space limit counts what each thread reserves.
    single = {"MALLOC_ARENA_MAX": "1", "OMP_NUM_THREADS": "1", "OMP_THREAD_LIMIT": "1"}
    python = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONDONTWRITEBYTECODE": "1"}
    files = {FILES_VARIABLE: os.pathsep.join(map(str, code.files))}
    return passed_on | single | python | files
