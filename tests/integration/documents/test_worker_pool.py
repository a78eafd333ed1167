"""The worker pool survives every task: one that hangs, hogs or crashes costs one worker and fails its call."""

import asyncio
import gc
import os
import signal
import time
import tracemalloc
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from services.documents.pdf.inspection import PdfLimits
from services.documents.pdf.letter import render_letter
from services.documents.pdf.pages import Upload, accept
from services.documents.pdf.problems import DecompressionBomb, NotAPdf, TooManyPages
from services.documents.pdf.recognition import recognise
from services.documents.worker_code import pdf_workers
from shared.ids import new_id
from shared.workers.code import WorkerCode
from shared.workers.limits import WorkerLimits
from shared.workers.pool import WorkerPool
from shared.workers.problems import (
    FileUnprocessable,
    ProcessingMemoryExceeded,
    ProcessingTimeExceeded,
    WorkerInterrupted,
    WorkersBusy,
)
from shared.workers.results import TaskFailed
from shared.workers.scheduler import PLATFORM, Share
from tests.integration.documents import pdf_tasks as tasks
from tests.unit.documents import uploads
from tests.unit.documents.letters import letter

LIMITS = WorkerLimits(workers=2, task_seconds=5.0, tasks_per_worker=50, waiting_limit=8)


def bare(limits: WorkerLimits = LIMITS) -> WorkerPool:
    """A worker pool whose workers load these tasks alone, so that it starts fast."""
    return WorkerPool(WorkerCode((tasks.__name__,)), limits)


@pytest.fixture
async def worker_pool() -> AsyncIterator[WorkerPool]:
    async with bare() as worker_pool:
        yield worker_pool


async def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


def processes_of(pids: frozenset[int]) -> list[int]:
    return [pid for pid in pids if Path(f"/proc/{pid}").exists()]


async def test_real_work_is_done_and_the_first_task_is_as_fast_as_the_others() -> None:
    async with WorkerPool(pdf_workers(), WorkerLimits(workers=1)) as worker_pool:
        started = time.perf_counter()
        pdf = await worker_pool.call(PLATFORM, render_letter, letter())
        assert time.perf_counter() - started < 1
        assert pdf == render_letter(letter())
        assert (await worker_pool.call(PLATFORM, accept, [Upload(pdf)])).pages == 1
        assert [code.page for code in (await worker_pool.call(PLATFORM, recognise, pdf)).codes] == [1]


async def test_what_a_task_raises_is_raised_to_its_caller(worker_pool: WorkerPool) -> None:
    with pytest.raises(NotAPdf) as refused:
        await worker_pool.call(PLATFORM, accept, [Upload(b"%PDF-")])
    assert refused.value.next_step("zh")
    with pytest.raises(TooManyPages) as too_many:
        await worker_pool.call(PLATFORM, accept, [Upload(uploads.many_pages(3))], PdfLimits(pages=2))
    assert too_many.value.facts == {"pages": 3, "limit": 2}
    with pytest.raises(TaskFailed, match="ZeroDivisionError: as it happens"):
        await worker_pool.call(PLATFORM, tasks.wrong)
    with pytest.raises(TaskFailed, match="WorkersBusy: workers-busy"):
        await worker_pool.call(PLATFORM, tasks.presume)
    assert worker_pool.counts.workers_started == len(LIMITS.slots)


async def test_a_refused_file_is_let_go_at_once(worker_pool: WorkerPool) -> None:
    gc.collect()
    gc.disable()
    tracemalloc.start()
    try:
        for _ in range(3):
            with pytest.raises(NotAPdf):
                await worker_pool.call(PLATFORM, accept, [Upload(b"%PDF-" + bytes(8 * 1024**2))])
        assert tracemalloc.get_traced_memory()[0] < 8 * 1024**2
    finally:
        tracemalloc.stop()
        gc.enable()


async def test_workers_work_side_by_side_and_large_files_pass(worker_pool: WorkerPool) -> None:
    large = os.urandom(48 * 1024 * 1024)
    assert await worker_pool.call(PLATFORM, tasks.echo, large) == large
    assert await asyncio.gather(*(worker_pool.call(PLATFORM, tasks.double, n) for n in range(8))) == [
        2 * n for n in range(8)
    ]


async def test_what_a_library_prints_does_not_spoil_the_answer(worker_pool: WorkerPool) -> None:
    assert await worker_pool.call(PLATFORM, tasks.talk) == "said"
    assert await worker_pool.call(PLATFORM, tasks.double, 4) == 8


@pytest.mark.parametrize("task", [tasks.install, tasks.hang_in_c])
async def test_a_task_that_hangs_is_ended_in_time_and_its_worker_replaced(task: Callable[[], None]) -> None:
    async with bare(WorkerLimits(workers=1, task_seconds=0.5)) as worker_pool:
        before = worker_pool.worker_pids
        started = time.perf_counter()
        with pytest.raises(ProcessingTimeExceeded):
            await worker_pool.call(PLATFORM, task)
        assert time.perf_counter() - started < 3
        assert await worker_pool.call(PLATFORM, tasks.double, 2) == 4
        await until(lambda: len(processes_of(before)) == len(before) - 1)


async def test_a_task_that_takes_too_much_memory_is_refused(worker_pool: WorkerPool) -> None:
    with pytest.raises(ProcessingMemoryExceeded):
        await worker_pool.call(PLATFORM, tasks.hog)
    assert await worker_pool.call(PLATFORM, tasks.double, 2) == 4
    await until(lambda: len(worker_pool.worker_pids) == len(LIMITS.slots))


@pytest.mark.parametrize("task", [tasks.crash, tasks.leave])
async def test_a_task_that_ends_its_worker_is_not_tried_again(task: Callable[[], None]) -> None:
    async with bare(WorkerLimits(workers=1)) as worker_pool:
        with pytest.raises(FileUnprocessable):
            await worker_pool.call(PLATFORM, task)
        assert await worker_pool.call(PLATFORM, tasks.double, 2) == 4
        await until(lambda: worker_pool.counts.workers_started == 4)
        assert worker_pool.counts.workers_lost == 1


async def test_a_worker_killed_while_idle_is_not_noticed_by_anybody(worker_pool: WorkerPool) -> None:
    for pid in worker_pool.worker_pids:
        os.kill(pid, signal.SIGKILL)
    assert await asyncio.gather(*(worker_pool.call(PLATFORM, tasks.double, n) for n in range(4))) == [0, 2, 4, 6]


async def test_a_task_whose_worker_is_killed_is_tried_again_a_few_times() -> None:
    async with bare(WorkerLimits(workers=1)) as worker_pool:
        task = asyncio.create_task(worker_pool.call(PLATFORM, tasks.install))
        while not task.done():
            for each in worker_pool.worker_pids:
                os.kill(each, signal.SIGKILL)
            await asyncio.sleep(0.05)
        with pytest.raises(WorkerInterrupted):
            await task
        assert await worker_pool.call(PLATFORM, tasks.double, 2) == 4


async def test_a_worker_is_replaced_after_its_number_of_tasks_without_a_gap() -> None:
    async with bare(WorkerLimits(workers=1, tasks_per_worker=3)) as worker_pool:
        first = worker_pool.worker_pids
        async with asyncio.timeout(20):
            while worker_pool.worker_pids & first:
                assert await worker_pool.call(PLATFORM, tasks.pid) in worker_pool.worker_pids | first
        assert worker_pool.counts.workers_lost == 0


async def test_a_swollen_worker_is_replaced() -> None:
    async with bare(WorkerLimits(workers=1, resident_bytes=256 * 1024**2)) as worker_pool:
        swollen = await worker_pool.call(PLATFORM, tasks.keep, 256 * 1024**2)
        await until(lambda: swollen not in worker_pool.worker_pids)
        await until(lambda: len(worker_pool.worker_pids) == 3)


async def test_a_caller_that_gives_up_frees_its_worker() -> None:
    async with bare(WorkerLimits(workers=1)) as worker_pool:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await worker_pool.call(PLATFORM, tasks.install)
        assert await worker_pool.call(PLATFORM, tasks.double, 2) == 4


async def test_more_than_can_wait_are_sent_away_with_a_time_to_come_back() -> None:
    async with bare(WorkerLimits(workers=1, waiting_limit=2)) as worker_pool:
        waiting = [asyncio.create_task(worker_pool.call(Share(new_id()), tasks.install)) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(WorkersBusy) as refused:
            await worker_pool.call(Share(new_id()), tasks.double, 1)
        assert refused.value.headers["Retry-After"]
        for task in waiting:
            task.cancel()
        assert all(isinstance(end, asyncio.CancelledError) for end in await _ends(waiting))


async def test_closing_ends_workers_and_fails_waiting_calls() -> None:
    worker_pool = bare(WorkerLimits(workers=1))
    async with worker_pool:
        pids = worker_pool.worker_pids
        waiting = [asyncio.create_task(worker_pool.call(PLATFORM, tasks.install)) for _ in range(3)]
        await asyncio.sleep(0)
    assert all(isinstance(end, WorkerInterrupted) for end in await _ends(waiting))
    assert processes_of(pids) == []
    assert not worker_pool.worker_pids


async def test_workers_know_none_of_the_services_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCUMENTS_SEAL_KEY", "secret")
    async with bare(WorkerLimits(workers=1)) as worker_pool:
        assert "secret" not in (await worker_pool.call(PLATFORM, tasks.environment)).values()


async def test_hostile_files_do_not_keep_honest_ones_waiting(worker_pool: WorkerPool) -> None:
    bomb, good = uploads.content_bomb(64 * 1024**2), uploads.saved(uploads.marked_picture(), "JPEG")
    limits = PdfLimits(unfolded_bytes=32 * 1024**2)
    jobs = [
        worker_pool.call(PLATFORM, accept, [Upload(content)], limits) for content in (bomb, good, bomb, good, bomb)
    ]
    ends = await asyncio.gather(*jobs, return_exceptions=True)
    assert [isinstance(end, DecompressionBomb) for end in ends] == [True, False, True, False, True]


async def _ends(waiting: list[asyncio.Task[None]]) -> list[BaseException | None]:
    return await asyncio.gather(*waiting, return_exceptions=True)
