"""One place in the worker pool: a worker process, what it is asked and how its end is told."""

import asyncio
import contextlib
import os
import pickle
import signal
import sys
from collections.abc import Callable, Sequence
from typing import Any, Self, cast

from pydantic import TypeAdapter

from services.documents.pdf.answers import HEAD, LENGTH
from services.documents.pdf.font_files import FONTS_SETTING
from services.documents.pdf.forms import NOTHING, STRUCTURE_LIMIT, Answer, read

_STREAM_LIMIT = 16 * 1024 * 1024
_START_SECONDS = 60
_PIECE = 1024 * 1024
# A worker reads what strangers sent: it gets none of the service's settings, which hold keys and passwords.
_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", FONTS_SETTING)


class WorkerLost(Exception):
    """The worker ended in the middle of a task; `by_signal` is what ended it, if a signal did."""

    def __init__(self, by_signal: int | None, how: str = "it ended") -> None:
        super().__init__(f"{how}, by signal {by_signal}" if by_signal else how)
        self.by_signal = by_signal

    @property
    def from_outside(self) -> bool:
        """Whether somebody killed it, rather than the task crashing it."""
        return self.by_signal in {signal.SIGKILL, signal.SIGTERM}


class WorkerSpoilt(WorkerLost):
    """The worker said what none of ours says: a hostile file may have taken it over, and it must not go on."""

    def __init__(self, why: str) -> None:
        super().__init__(None, f"what it answers is no answer: {why}")


class WorkerProcess:
    """A running worker and its two pipes; an ageing one works on until its successor is up and it is retired."""

    def __init__(self, process: asyncio.subprocess.Process, answer_bytes: int) -> None:
        self._process = process
        self._answer_bytes = answer_bytes
        # `open` asks for both pipes; what a process has for them is None only where they were not asked for.
        self._tasks = cast("asyncio.StreamWriter", process.stdin)
        self._answers = cast("asyncio.StreamReader", process.stdout)
        self.tasks_done = 0
        self.ageing = False
        self.retired = False

    @classmethod
    async def open(cls, memory_bytes: int, task_seconds: float, answer_bytes: int, modules: Sequence[str]) -> Self:
        """Starts a worker and waits until it has loaded the modules; raises WorkerLost where it cannot start."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "services.documents.pdf.worker", str(memory_bytes), str(task_seconds)),
            *modules,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_STREAM_LIMIT,
            env=_environment(),
            start_new_session=True,
        )
        place = cls(process, answer_bytes)
        try:
            async with asyncio.timeout(_START_SECONDS):
                await place._answer(NOTHING)
        except BaseException:
            await place.close()
            raise
        return place

    @property
    def pid(self) -> int:
        """The worker's process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the worker still runs."""
        return self._process.returncode is None

    async def run(self, task: bytes, form: TypeAdapter[Any]) -> Answer:
        """Has the worker do one task, whose result has that form.

        Raises WorkerLost when it ends before the answer, WorkerSpoilt when it answers anything else.
        """
        self.tasks_done += 1
        with contextlib.suppress(ConnectionError):  # told by the missing answer
            self._tasks.write(LENGTH.pack(len(task)))
            # Piece by piece: the pipe's own buffer would else hold the whole of a large file once more.
            for start in range(0, len(task), _PIECE):
                self._tasks.write(memoryview(task)[start : start + _PIECE])
                await self._tasks.drain()
        return await self._answer(form)

    async def _answer(self, form: TypeAdapter[Any]) -> Answer:
        try:
            how, count = HEAD.unpack(await self._answers.readexactly(HEAD.size))
            return read(how, await self._pieces(count), form)
        except ValueError as misfit:
            raise WorkerSpoilt(str(misfit)) from None
        except (asyncio.IncompleteReadError, ConnectionError):
            code = await self._process.wait()
            raise WorkerLost(-code if code < 0 else None) from None

    async def _pieces(self, count: int) -> list[bytes]:
        """The structure and the byte strings; raises ValueError before anything that is too long is read."""
        pieces: list[bytes] = []
        room = STRUCTURE_LIMIT
        for _ in range(count):
            (length,) = LENGTH.unpack(await self._answers.readexactly(LENGTH.size))
            if length > room:
                raise ValueError(f"a piece of {length} bytes where {room} are allowed")
            room = room - length if pieces else self._answer_bytes
            pieces.append(await self._answers.readexactly(length))
        return pieces

    async def close(self) -> None:
        """Ends the worker at once, whatever it does, and waits until it is gone."""
        if self.alive:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
        self._tasks.close()
        await self._process.wait()


def packed(function: Callable[..., Any], arguments: tuple[Any, ...]) -> bytes:
    """A task as it goes to a worker; the function must be one that another process can import."""
    return pickle.dumps((function, arguments), pickle.HIGHEST_PROTOCOL)


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    # One arena and one thread: an address-space limit counts what each thread reserves.
    single = {"MALLOC_ARENA_MAX": "1", "OMP_NUM_THREADS": "1", "OMP_THREAD_LIMIT": "1"}
    return kept | single | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONDONTWRITEBYTECODE": "1"}
