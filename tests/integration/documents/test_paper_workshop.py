"""The workshop outlives every task: what hangs, hogs or crashes costs one worker and is told to its caller."""

import asyncio
import gc
import os
import signal
import time
import tracemalloc
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from services.documents.paper.errors import (
    DecompressionBomb,
    NotAPdf,
    PaperTooHeavy,
    TooManyPages,
    WorkshopBusy,
    WorkshopInterrupted,
)
from services.documents.paper.forms import TaskFailed
from services.documents.paper.inspection import PdfLimits
from services.documents.paper.letter import render_letter
from services.documents.paper.pages import Upload, accept
from services.documents.paper.recognition import recognise
from services.documents.paper.workshop import Workshop, WorkshopLimits
from tests.integration.documents import paper_tasks as tasks
from tests.unit.documents import uploads
from tests.unit.documents.letters import letter

LIMITS = WorkshopLimits(workers=2, task_seconds=5.0, tasks_per_worker=50, waiting_limit=8)


def bare(limits: WorkshopLimits = LIMITS) -> Workshop:
    """A workshop whose workers load nothing beforehand: what is tried here needs none of it."""
    return Workshop(limits, modules=())


@pytest.fixture
async def workshop() -> AsyncIterator[Workshop]:
    async with bare() as workshop:
        yield workshop


async def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


def processes_of(pids: frozenset[int]) -> list[int]:
    return [pid for pid in pids if Path(f"/proc/{pid}").exists()]


async def test_real_work_is_done_and_the_first_task_is_as_fast_as_the_others() -> None:
    async with Workshop(WorkshopLimits(workers=1)) as workshop:
        started = time.perf_counter()
        pdf = await workshop.do(render_letter, letter())
        assert time.perf_counter() - started < 1
        assert pdf == render_letter(letter())
        assert (await workshop.do(accept, [Upload(pdf)])).pages == 1
        assert (await workshop.do(recognise, pdf)).page == 1


async def test_what_a_task_raises_is_raised_to_its_caller(workshop: Workshop) -> None:
    with pytest.raises(NotAPdf) as refused:
        await workshop.do(accept, [Upload(b"%PDF-")])
    assert refused.value.next_step("zh")
    with pytest.raises(TooManyPages) as too_many:
        await workshop.do(accept, [Upload(uploads.many_pages(3))], PdfLimits(pages=2))
    assert too_many.value.facts == {"pages": 3, "limit": 2}
    with pytest.raises(TaskFailed, match="ZeroDivisionError: as it happens"):
        await workshop.do(tasks.wrong)
    with pytest.raises(TaskFailed, match="WorkshopBusy: workshop-busy"):
        await workshop.do(tasks.presume)
    assert workshop.counts.workers_started == LIMITS.workers


async def test_a_refused_file_is_let_go_at_once(workshop: Workshop) -> None:
    gc.collect()
    gc.disable()
    tracemalloc.start()
    try:
        for _ in range(3):
            with pytest.raises(NotAPdf):
                await workshop.do(accept, [Upload(b"%PDF-" + bytes(8 * 1024**2))])
        assert tracemalloc.get_traced_memory()[0] < 8 * 1024**2
    finally:
        tracemalloc.stop()
        gc.enable()


async def test_workers_work_side_by_side_and_large_files_pass(workshop: Workshop) -> None:
    large = os.urandom(48 * 1024 * 1024)
    assert await workshop.do(tasks.echo, large) == large
    assert await asyncio.gather(*(workshop.do(tasks.double, n) for n in range(8))) == [2 * n for n in range(8)]


async def test_what_a_library_prints_does_not_spoil_the_answer(workshop: Workshop) -> None:
    assert await workshop.do(tasks.talk) == "said"
    assert await workshop.do(tasks.double, 4) == 8


@pytest.mark.parametrize("task", [tasks.hang, tasks.hang_in_c])
async def test_a_task_that_hangs_is_ended_in_time_and_its_worker_replaced(task: Callable[[], None]) -> None:
    async with bare(WorkshopLimits(workers=1, task_seconds=0.5)) as workshop:
        before = workshop.worker_pids
        started = time.perf_counter()
        with pytest.raises(PaperTooHeavy):
            await workshop.do(task)
        assert time.perf_counter() - started < 3
        assert await workshop.do(tasks.double, 2) == 4
        assert processes_of(before) == []


async def test_a_task_that_takes_too_much_memory_is_refused(workshop: Workshop) -> None:
    with pytest.raises(PaperTooHeavy):
        await workshop.do(tasks.hog)
    assert await workshop.do(tasks.double, 2) == 4
    await until(lambda: len(workshop.worker_pids) == LIMITS.workers)


@pytest.mark.parametrize("task", [tasks.crash, tasks.leave])
async def test_a_task_that_ends_its_worker_is_too_heavy_and_not_tried_again(task: Callable[[], None]) -> None:
    async with bare(WorkshopLimits(workers=1)) as workshop:
        with pytest.raises(PaperTooHeavy):
            await workshop.do(task)
        assert await workshop.do(tasks.double, 2) == 4
        assert (workshop.counts.workers_lost, workshop.counts.workers_started) == (1, 2)


async def test_a_worker_killed_while_idle_is_not_noticed_by_anybody(workshop: Workshop) -> None:
    for pid in workshop.worker_pids:
        os.kill(pid, signal.SIGKILL)
    assert await asyncio.gather(*(workshop.do(tasks.double, n) for n in range(4))) == [0, 2, 4, 6]


async def test_a_task_whose_worker_is_killed_is_tried_once_more_then_told() -> None:
    async with bare(WorkshopLimits(workers=1)) as workshop:
        task = asyncio.create_task(workshop.do(tasks.hang))
        for _ in range(2):
            # Killed again and again until it is gone with a task in hand: idle, it would only be replaced.
            lost = workshop.counts.workers_lost
            while workshop.counts.workers_lost == lost:
                for each in workshop.worker_pids:
                    os.kill(each, signal.SIGKILL)
                await asyncio.sleep(0.05)
        with pytest.raises(WorkshopInterrupted):
            await task
        assert await workshop.do(tasks.double, 2) == 4


async def test_a_worker_is_replaced_after_its_number_of_tasks_without_a_gap() -> None:
    async with bare(WorkshopLimits(workers=1, tasks_per_worker=3)) as workshop:
        pids: list[int] = []
        while len(set(pids)) < 3:
            pids.append(await workshop.do(tasks.pid))
        await until(lambda: workshop.worker_pids == {pids[-1]})
    assert pids[0] == pids[1] == pids[2]
    assert pids == sorted(pids, key=list(dict.fromkeys(pids)).index), "a worker that was retired came back"


async def test_a_caller_that_gives_up_frees_its_worker() -> None:
    async with bare(WorkshopLimits(workers=1)) as workshop:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await workshop.do(tasks.hang)
        assert await workshop.do(tasks.double, 2) == 4


async def test_more_than_can_wait_are_sent_away_with_a_time_to_come_back() -> None:
    async with bare(WorkshopLimits(workers=1, waiting_limit=2)) as workshop:
        waiting = [asyncio.create_task(workshop.do(tasks.hang)) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(WorkshopBusy) as refused:
            await workshop.do(tasks.double, 1)
        assert refused.value.retry_after_seconds
        for task in waiting:
            task.cancel()
        assert all(isinstance(end, asyncio.CancelledError) for end in await _ends(waiting))


async def test_closing_ends_workers_and_tells_those_who_wait() -> None:
    workshop = bare(WorkshopLimits(workers=1))
    async with workshop:
        pids = workshop.worker_pids
        waiting = [asyncio.create_task(workshop.do(tasks.hang)) for _ in range(3)]
        await asyncio.sleep(0)
    assert all(isinstance(end, WorkshopInterrupted) for end in await _ends(waiting))
    assert processes_of(pids) == []
    assert not workshop.healthy


async def test_workers_know_none_of_the_services_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCUMENTS_SEAL_KEY", "secret")
    async with bare(WorkshopLimits(workers=1)) as workshop:
        assert "secret" not in (await workshop.do(tasks.environment)).values()


async def test_hostile_files_do_not_keep_honest_ones_waiting(workshop: Workshop) -> None:
    bomb, good = uploads.content_bomb(64 * 1024**2), uploads.saved(uploads.marked_picture(), "JPEG")
    limits = PdfLimits(unfolded_bytes=32 * 1024**2)
    jobs = [workshop.do(accept, [Upload(content)], limits) for content in (bomb, good, bomb, good, bomb)]
    ends = await asyncio.gather(*jobs, return_exceptions=True)
    assert [isinstance(end, DecompressionBomb) for end in ends] == [True, False, True, False, True]


async def _ends(waiting: list[asyncio.Task[None]]) -> list[BaseException | None]:
    return await asyncio.gather(*waiting, return_exceptions=True)
