"""A worker that a hostile file has taken over runs nothing in the service: it is lost, and another one goes on."""

import os
import pickle
from pathlib import Path
from typing import Any

import pytest

from services.documents.paper.answers import HEAD, LENGTH, How, written
from services.documents.paper.errors import PaperTooHeavy
from services.documents.paper.workshop import Workshop, WorkshopLimits
from tests.integration.documents import paper_tasks as tasks

LIMITS = WorkshopLimits(workers=1, task_seconds=10)


class Trap:
    """Makes a folder when it is unpickled."""

    def __init__(self, sprung: Path) -> None:
        self.sprung = sprung

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.sprung),)


def framed(how: How, *pieces: bytes) -> bytes:
    """An answer as a worker frames it, whatever is in it."""
    return HEAD.pack(how, len(pieces)) + b"".join(LENGTH.pack(len(piece)) + piece for piece in pieces)


def is_there(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


async def is_lost_and_replaced(said: bytes) -> None:
    async with Workshop(LIMITS, modules=()) as workshop:
        (spoilt,) = workshop.worker_pids
        with pytest.raises(PaperTooHeavy):
            await workshop.do(tasks.taken_over, said)
        assert await workshop.do(tasks.double, 2) == 4
        # A worker that is over its time is not counted as lost: what it said was enough.
        assert (workshop.counts.workers_lost, workshop.counts.workers_started) == (1, 2)
        assert not is_there(spoilt)


async def test_the_tasks_reach_the_pipe_with_what_they_say() -> None:
    async with Workshop(LIMITS, modules=()) as workshop:
        assert await workshop.do(tasks.taken_over, b"".join(written(How.DONE, 7))) == 7


@pytest.mark.parametrize("how", [None, How.DONE, How.REFUSED, How.FAILED], ids=str)
async def test_a_pickle_is_not_loaded(how: How | None, tmp_path: Path) -> None:
    sprung = tmp_path / "sprung"
    trap = pickle.dumps(Trap(sprung))
    await is_lost_and_replaced(LENGTH.pack(len(trap)) + trap if how is None else framed(how, trap))
    assert not sprung.exists()
    pickle.loads(trap)
    assert sprung.exists()


@pytest.mark.parametrize(
    "said",
    [
        HEAD.pack(How.DONE, 1) + LENGTH.pack(64 * 1024 + 1),
        HEAD.pack(How.DONE, 2) + LENGTH.pack(1) + b"7" + LENGTH.pack(LIMITS.answer_bytes + 1),
        HEAD.pack(How.DONE, 3) + LENGTH.pack(1) + b"7" + LENGTH.pack(1) + b"." + LENGTH.pack(LIMITS.answer_bytes),
        HEAD.pack(How.DONE, 1) + LENGTH.pack(2**64 - 1),
    ],
    ids=["structure", "one byte string", "both together", "no memory holds it"],
)
async def test_an_answer_that_is_too_long_is_not_waited_for(said: bytes) -> None:
    await is_lost_and_replaced(said)


async def test_an_answer_of_another_shape_is_not_taken() -> None:
    await is_lost_and_replaced(framed(How.DONE, b'{"pdf":0,"pages":1}', b"%PDF-"))


async def test_a_task_that_returns_what_it_does_not_promise_is_not_believed() -> None:
    async with Workshop(LIMITS, modules=()) as workshop:
        with pytest.raises(PaperTooHeavy):
            await workshop.do(tasks.undescribed)
        assert await workshop.do(tasks.double, 2) == 4
        assert workshop.counts.workers_lost == 1
