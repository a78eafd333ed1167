"""Deletes expired rows of the gateway: ended sessions, refilled budgets, old events of the feed."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import asyncpg
import structlog

from gateway.feed import store as feed
from gateway.sessions import store as sessions
from gateway.settings import GatewaySettings
from gateway.throttle import store as throttle
from shared.postgres.transaction import Cause, Transaction, UnitOfWork

log = structlog.get_logger()

_EVERY_SECONDS = 600
_SLICE = 5000
# By then every budget has refilled completely.
_LONGEST_REFILL = timedelta(days=7)
_DeleteOld = Callable[[Transaction, datetime, int], Awaitable[int]]


async def run_housekeeping(work: UnitOfWork, settings: GatewaySettings) -> None:
    """Runs the housekeeping every ten minutes."""
    while True:
        try:
            await tidy(work, settings)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
            log.warning("housekeeping_interrupted", reason=str(error))
        await asyncio.sleep(_EVERY_SECONDS)


async def tidy(work: UnitOfWork, settings: GatewaySettings) -> None:
    """Runs the housekeeping once, in slices, so that it holds no locks for long."""
    await _forget(work, sessions.forget, timedelta(0))
    await _forget(work, throttle.forget_spent, _LONGEST_REFILL)
    await _forget(work, throttle.forget_known, timedelta(days=settings.known_sign_in_days))
    await _forget(work, feed.forget, timedelta(days=settings.feed_days))


async def _forget(work: UnitOfWork, forget: _DeleteOld, retention: timedelta) -> None:
    removed = _SLICE
    while removed == _SLICE:
        async with work.begin(Cause.itself("housekeeping")) as tx:
            removed = await forget(tx, tx.now - retention, _SLICE)
