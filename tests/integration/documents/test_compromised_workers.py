"""A compromised worker runs no code in the service: the pool replaces it."""

import asyncio
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shared.workers.code import WorkerCode
from shared.workers.limits import WorkerLimits
from shared.workers.pool import WorkerPool
from shared.workers.problems import FileUnprocessable
from shared.workers.protocol import HEAD, LENGTH, Outcome, encode
from shared.workers.scheduler import PLATFORM
from tests.integration.documents import pdf_tasks as tasks

LIMITS = WorkerLimits(workers=1, task_seconds=10)
TASKS = (tasks.__name__,)


class Trap:
    """Makes a folder when it is unpickled."""

    def __init__(self, sprung: Path) -> None:
        self.sprung = sprung

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.sprung),)


def framed(outcome: Outcome, *pieces: bytes) -> bytes:
    """A worker's frame with this content."""
    return HEAD.pack(outcome, len(pieces)) + b"".join(LENGTH.pack(len(piece)) + piece for piece in pieces)


def is_there(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


async def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


async def is_lost_and_replaced(said: bytes) -> None:
    async with WorkerPool(WorkerCode(TASKS), LIMITS) as worker_pool:
        before = worker_pool.worker_pids
        with pytest.raises(FileUnprocessable):
            await worker_pool.call(PLATFORM, tasks.taken_over, said)
        assert await worker_pool.call(PLATFORM, tasks.double, 2) == 4
        # A worker that is over its time is not counted as lost: what it said was enough.
        assert worker_pool.counts.workers_lost == 1
        await until(lambda: sum(map(is_there, before)) == len(before) - 1)
        await until(lambda: len(worker_pool.worker_pids) == len(before))


async def test_the_tasks_reach_the_pipe_with_what_they_say() -> None:
    async with WorkerPool(WorkerCode(TASKS), LIMITS) as worker_pool:
        assert await worker_pool.call(PLATFORM, tasks.taken_over, b"".join(encode(Outcome.DONE, 7))) == 7


@pytest.mark.parametrize("how", [None, Outcome.DONE, Outcome.REFUSED, Outcome.FAILED], ids=str)
async def test_a_pickle_is_not_loaded(how: Outcome | None, tmp_path: Path) -> None:
    sprung = tmp_path / "sprung"
    trap = pickle.dumps(Trap(sprung))
    await is_lost_and_replaced(LENGTH.pack(len(trap)) + trap if how is None else framed(how, trap))
    assert not sprung.exists()
    pickle.loads(trap)
    assert sprung.exists()


@pytest.mark.parametrize(
    "said",
    [
        HEAD.pack(Outcome.DONE, 1) + LENGTH.pack(64 * 1024 + 1),
        HEAD.pack(Outcome.DONE, 2) + LENGTH.pack(1) + b"7" + LENGTH.pack(LIMITS.answer_bytes + 1),
        HEAD.pack(Outcome.DONE, 3)
        + LENGTH.pack(1)
        + b"7"
        + LENGTH.pack(1)
        + b"."
        + LENGTH.pack(LIMITS.answer_bytes),
        HEAD.pack(Outcome.DONE, 1) + LENGTH.pack(2**64 - 1),
    ],
    ids=["structure", "one byte string", "both together", "no memory holds it"],
)
async def test_an_answer_that_is_too_long_is_not_waited_for(said: bytes) -> None:
    await is_lost_and_replaced(said)


async def test_an_answer_of_another_shape_is_rejected() -> None:
    await is_lost_and_replaced(framed(Outcome.DONE, b'{"pdf":0,"pages":1}', b"%PDF-"))


async def test_a_task_that_returns_what_it_does_not_promise_is_not_believed() -> None:
    async with WorkerPool(WorkerCode(TASKS), LIMITS) as worker_pool:
        with pytest.raises(FileUnprocessable):
            await worker_pool.call(PLATFORM, tasks.undescribed)
        assert await worker_pool.call(PLATFORM, tasks.double, 2) == 4
        assert worker_pool.counts.workers_lost == 1
