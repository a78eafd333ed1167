"""Retries in place: after an infrastructure failure the consumer keeps the message and tries again.

The prefetch limit gives back-pressure meanwhile: the broker delivers no more than a consumer may hold, and no
newer message of the queue overtakes a held one.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

import structlog

from shared.messaging.failures import FailureKind, failure_kind
from shared.observability.metrics import HANDLED

log = structlog.get_logger()

T = TypeVar("T")

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 5.0


class LeftToTheBroker(Exception):
    """The consumer no longer holds a message: it stops, or its channel has closed. The broker redelivers it."""


class InPlaceRetry:
    """Repeats an attempt until the infrastructure works, with growing pauses."""

    def __init__(self, queue: str) -> None:
        self.queue = queue
        self._stopping = asyncio.Event()
        self._ended = False
        self.failure: str | None = None

    def stop(self) -> None:
        """Makes the next failed attempt the last, so that following messages do not overtake it."""
        self._stopping.set()

    async def run(self, attempt: Callable[[], Awaitable[T]], *, is_held: Callable[[], bool]) -> T:
        """Returns the result of the attempt; raises its other errors, or LeftToTheBroker."""
        pause = FIRST_PAUSE_SECONDS
        while not self._ended and is_held():
            last = self._stopping.is_set()
            try:
                result = await attempt()
            except Exception as error:
                if failure_kind(error) is not FailureKind.INFRASTRUCTURE:
                    raise
                self._note(error)
            else:
                self.failure = None
                return result
            self._ended = last
            await self._wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
        raise LeftToTheBroker

    def _note(self, error: Exception) -> None:
        self.failure = f"{type(error).__name__}: {error}"
        HANDLED.labels(self.queue, "retried_in_place").inc()
        log.warning("messages_held", queue=self.queue, reason=self.failure)

    async def _wait(self, pause: float) -> None:
        # Random pauses keep replicas that collided from colliding again.
        seconds = pause * random.uniform(0.5, 1.0)  # noqa: S311 - spreads retries, no secret
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)
