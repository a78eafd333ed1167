"""Acknowledging: what is done of a channel is acknowledged in one frame, up to the oldest message that is not."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from aio_pika import IncomingMessage
from aio_pika.exceptions import ChannelInvalidStateError

from shared.messaging.publisher import BrokerUnavailable, broker_answering


def is_held(message: IncomingMessage) -> bool:
    """Whether the message is still this consumer's: once its channel has closed, the broker delivers it again."""
    try:
        return message.channel is not None
    except ChannelInvalidStateError:
        return False


class Acknowledgements:
    """Acknowledges what a consumer is done with, on the channel on which it came.

    Where a channel breaks, what has not been acknowledged comes again and is recognised by its id.
    """

    def __init__(self) -> None:
        self._newest: _Channel | None = None

    async def done(self, messages: Sequence[IncomingMessage]) -> None:
        """Acknowledges messages that are done."""
        for message in messages:
            # FastStream leaves a locked message alone.
            message.lock()
            with suppress(ChannelInvalidStateError):
                self._of(message).finish(message)
        if self._newest is not None:
            with suppress(BrokerUnavailable), broker_answering():
                await self._newest.flush()

    def _of(self, message: IncomingMessage) -> "_Channel":
        # A closed channel refuses to be named, so the one that is named is the newest.
        channel = message.channel
        if self._newest is None or self._newest.channel is not channel:
            self._newest = _Channel(channel)
        return self._newest


class _Channel:
    """Delivery tags count from one on each channel: without a gap, all up to one of them are done."""

    def __init__(self, channel: Any) -> None:
        self.channel = channel
        self._passed = 0
        self._acknowledged: dict[int, bool] = {}
        self._finished: list[int] = []

    def finish(self, message: IncomingMessage) -> None:
        """Notes that a message is done."""
        tag = int(message.delivery_tag or 0)
        self._acknowledged[tag] = False
        self._finished.append(tag)

    async def flush(self) -> None:
        """Sends one frame for all that are done without a gap, and one for each beyond."""
        newest = self._pass()
        beyond = [tag for tag in self._finished if tag > self._passed and not self._acknowledged[tag]]
        self._acknowledged.update(dict.fromkeys(beyond, True))
        self._finished.clear()
        if newest:
            await self.channel.basic_ack(newest, multiple=True)
        for tag in beyond:
            await self.channel.basic_ack(tag)

    def _pass(self) -> int:
        """Passes all that are done without a gap; the newest of them that is not acknowledged yet, or 0."""
        newest = 0
        while (acknowledged := self._acknowledged.pop(self._passed + 1, None)) is not None:
            self._passed += 1
            newest = newest if acknowledged else self._passed
        return newest
