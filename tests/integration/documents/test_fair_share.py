"""Slow files of one account delay neither other accounts nor letters; the tests use PDFs that render slowly."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from services.documents.pdf.letter import letter_pdf
from services.documents.pdf.pages import Upload, accept
from services.documents.worker_code import pdf_workers
from shared.ids import new_id
from shared.workers.limits import WorkerLimits
from shared.workers.pool import WorkerPool
from shared.workers.problems import ProcessingTimeExceeded, TooManyUploadsAtOnce
from shared.workers.scheduler import PLATFORM, Share
from tests.integration.documents import pdf_tasks as tasks
from tests.unit.documents import uploads
from tests.unit.documents.letters import letter
from tests.unit.documents.pdf_builders import pattern

SLOW_PDF = pattern(0.05, 600)
LIMITS = WorkerLimits(workers=2, task_seconds=6, slice_seconds=1, wait_seconds=3)
HONEST_SECONDS = 3


@pytest.fixture
async def pool() -> AsyncIterator[WorkerPool]:
    async with WorkerPool(pdf_workers().with_modules(tasks.__name__), LIMITS) as pool:
        yield pool


async def test_a_photo_and_a_letter_finish_while_slow_files_render(pool: WorkerPool) -> None:
    slow_accounts = [Share(new_id()), Share(new_id())]
    slow = [
        asyncio.create_task(pool.call(share, tasks.draw, SLOW_PDF)) for share in slow_accounts for _ in range(3)
    ]
    await asyncio.sleep(0)
    began = time.perf_counter()
    photo = Upload(uploads.saved(uploads.marked_picture(), "JPEG"))
    honest = (pool.call(Share(new_id()), accept, [photo]), pool.call(PLATFORM, letter_pdf, letter()))
    papers = await asyncio.gather(*honest)
    assert time.perf_counter() - began < HONEST_SECONDS
    assert [paper.pages for paper in papers] == [1, 1]
    assert not any(task.done() for task in slow)
    ends = await asyncio.gather(*slow, return_exceptions=True)
    assert {type(end) for end in ends} == {ProcessingTimeExceeded, TooManyUploadsAtOnce}


async def test_an_account_with_too_many_uploads_gets_its_own_refusal(pool: WorkerPool) -> None:
    share = Share(new_id(), len(SLOW_PDF))
    slow = [asyncio.create_task(pool.call(share, tasks.draw, SLOW_PDF)) for _ in range(LIMITS.account_limit)]
    await asyncio.sleep(0)
    with pytest.raises(TooManyUploadsAtOnce) as refused:
        await pool.call(share, tasks.double, 1)
    assert refused.value.headers["Retry-After"]
    assert await pool.call(Share(new_id()), tasks.double, 2) == 4
    for task in slow:
        task.cancel()
    await asyncio.gather(*slow, return_exceptions=True)
