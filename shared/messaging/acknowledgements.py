"""Acknowledges messages in batches: one frame for all up to the oldest message that is not done."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from aio_pika import IncomingMessage
from aio_pika.exceptions import ChannelInvalidStateError

from shared.messaging.publisher import BrokerUnavailable, broker_answering


def is_held(message: IncomingMessage) -> bool:
    """Whether the consumer still holds the message: after its channel closes, the broker delivers it again."""
    try:
        return message.channel is not None
    except ChannelInvalidStateError:
        return False


class Acknowledgements:
    """Acknowledges a consumer's finished messages on the channel that delivered them.

    If a channel breaks, its unacknowledged messages are delivered again and recognised by their ids.
    """

    def __init__(self) -> None:
        self._newest: _Channel | None = None

    async def done(self, messages: Sequence[IncomingMessage]) -> None:
        """Acknowledges finished messages."""
        for message in messages:
            # FastStream leaves a locked message alone.
            message.lock()
            with suppress(ChannelInvalidStateError):
                self._of(message).finish(message)
        if self._newest is not None:
            with suppress(BrokerUnavailable), broker_answering():
                await self._newest.flush()

    async def reject(self, message: IncomingMessage) -> None:
        """Rejects a message, which the broker then dead-letters."""
        message.lock()
        with suppress(ChannelInvalidStateError, BrokerUnavailable), broker_answering():
            await self._of(message).reject(message)

    def _of(self, message: IncomingMessage) -> "_Channel":
        # A closed channel raises when its number is read, so the channel that is read is the newest.
        channel = message.channel
        if self._newest is None or self._newest.channel is not channel:
            self._newest = _Channel(channel)
        return self._newest


class _Channel:
    """The delivery tags of one channel count from one; without a gap, one frame acknowledges all of them."""

    def __init__(self, channel: Any) -> None:
        self.channel = channel
        self._passed = 0
        self._acknowledged: dict[int, bool] = {}
        self._finished: list[int] = []

    def finish(self, message: IncomingMessage) -> None:
        """Marks a message as finished."""
        tag = int(message.delivery_tag or 0)
        self._acknowledged[tag] = False
        self._finished.append(tag)

    async def reject(self, message: IncomingMessage) -> None:
        """Sends the rejection of one message, and leaves no gap behind."""
        tag = int(message.delivery_tag or 0)
        self._acknowledged[tag] = True
        await self.channel.basic_reject(tag, requeue=False)

    async def flush(self) -> None:
        """Sends one frame for all finished messages without a gap, and one for each message beyond."""
        newest = self._pass()
        beyond = [tag for tag in self._finished if tag > self._passed and not self._acknowledged[tag]]
        self._acknowledged.update(dict.fromkeys(beyond, True))
        self._finished.clear()
        if newest:
            await self.channel.basic_ack(newest, multiple=True)
        for tag in beyond:
            await self.channel.basic_ack(tag)

    def _pass(self) -> int:
        """Advances over all finished messages without a gap; returns the newest one to acknowledge, or 0."""
        newest = 0
        while (acknowledged := self._acknowledged.pop(self._passed + 1, None)) is not None:
            self._passed += 1
            newest = newest if acknowledged else self._passed
        return newest
