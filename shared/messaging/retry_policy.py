"""Delayed retries and dead letters: decides where a failed message goes."""

import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from faststream.rabbit import RabbitMessage

from shared.messaging.envelope import ATTEMPT, ERROR, TRACE, WAITED
from shared.messaging.failures import FailureKind, failure_kind
from shared.messaging.reconnecting_publisher import ReconnectingPublisher
from shared.messaging.topology import DEAD, dead_queue, retry_queue
from shared.observability.metrics import HANDLED

log = structlog.get_logger()

_TRACE_LENGTH = 4000
_ERROR_LENGTH = 1000


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Publishes a failed message to the retry queue of its next delay, or to its dead-letter queue."""

    publisher: ReconnectingPublisher
    delays: Sequence[float]

    async def apply(self, queue: str, message: RabbitMessage, error: Exception) -> None:
        """Publishes the message and waits for the confirm; raises BrokerUnavailable."""
        kind = failure_kind(error)
        attempt = int(message.headers.get(ATTEMPT, 0))
        if kind is FailureKind.NOT_YET:
            waited = int(message.headers.get(WAITED, 0))
            delay = self.delays[min(waited, len(self.delays) - 1)]
            await self._retry(queue, message, error, delay, {WAITED: waited + 1})
        elif kind is FailureKind.PERMANENT or attempt >= len(self.delays):
            await self._dead_letter(queue, message, error, attempt)
        else:
            await self._retry(queue, message, error, self.delays[attempt], {ATTEMPT: attempt + 1})

    async def _retry(
        self, queue: str, message: RabbitMessage, error: Exception, delay: float, counted: dict[str, int]
    ) -> None:
        log.warning("message_retried_later", queue=queue, delay=delay, reason=_described(error), **counted)
        await self.publisher.publish(
            retry_queue(delay),
            queue,
            message.body,
            message_id=message.message_id or "",
            headers={**_own_headers(message), **counted},
        )
        HANDLED.labels(queue, "waiting" if WAITED in counted else "retried").inc()

    async def _dead_letter(self, queue: str, message: RabbitMessage, error: Exception, attempt: int) -> None:
        log.error(
            "message_dead_lettered", queue=queue, attempts=attempt + 1, reason=_described(error), exc_info=error
        )
        headers = {
            **_own_headers(message),
            ATTEMPT: attempt + 1,
            ERROR: _described(error),
            TRACE: "".join(traceback.format_exception(error))[-_TRACE_LENGTH:],
        }
        await self.publisher.publish(
            DEAD, dead_queue(queue), message.body, message_id=message.message_id or "", headers=headers
        )
        HANDLED.labels(queue, "dead").inc()


def _own_headers(message: RabbitMessage) -> dict[str, Any]:
    """Removes the broker's headers: with an old `x-death` it would take the message for a dead-letter cycle."""
    return {name: value for name, value in message.headers.items() if not name.startswith("x-")}


def _described(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:_ERROR_LENGTH]
