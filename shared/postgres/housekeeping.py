"""Deletes expired rows: handled messages in the inbox, and answers for repeated requests."""

import asyncio
from datetime import timedelta

import asyncpg
import structlog

from shared.postgres.transaction import Cause, UnitOfWork
from shared.settings import Settings

log = structlog.get_logger()

EVERY_SECONDS = 600
_SLICE = 5000
_FORGET_MESSAGES = """
DELETE FROM inbox WHERE ctid IN (SELECT ctid FROM inbox WHERE handled_at < $1 LIMIT $2)
"""
_FORGET_ANSWERS = """
DELETE FROM idempotency WHERE ctid IN (SELECT ctid FROM idempotency WHERE given_at < $1 LIMIT $2)
"""
_FORGET_JOBS = """
DELETE FROM job WHERE ctid IN (SELECT ctid FROM job WHERE ended_at < $1 LIMIT $2)
"""


async def run_housekeeping(work: UnitOfWork, settings: Settings) -> None:
    """Deletes rows older than the settings allow, every ten minutes, in slices."""
    while True:
        try:
            await _forget(work, _FORGET_MESSAGES, settings.inbox_days)
            await _forget(work, _FORGET_ANSWERS, settings.idempotency_days)
            await _forget(work, _FORGET_JOBS, settings.job_days)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
            log.warning("housekeeping_interrupted", reason=str(error))
        await asyncio.sleep(EVERY_SECONDS)


async def _forget(work: UnitOfWork, statement: str, days: int) -> None:
    removed = _SLICE
    while removed == _SLICE:
        async with work.begin(Cause.itself("housekeeping")) as tx:
            tag = await tx.execute(statement, tx.now - timedelta(days=days), _SLICE)
            removed = int(tag.rsplit(" ", 1)[-1])
