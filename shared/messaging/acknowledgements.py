"""Acknowledging: what is done of a channel is told in one frame, up to the oldest message that is not."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from aio_pika import IncomingMessage
from aio_pika.exceptions import ChannelInvalidStateError

from shared.messaging.publisher import BrokerUnavailable, broker_answering


class Acknowledgements:
    """Tells the broker what a consumer is done with, on the channel on which it came.

    Where a channel breaks, what it has not been told of comes again and is recognised by its id.
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
                await self._newest.tell()

    async def handed_back(self, message: IncomingMessage) -> None:
        """Gives a message back to its queue, to be delivered again."""
        message.lock()
        with suppress(BrokerUnavailable), broker_answering():
            channel = self._of(message)
            await message.nack(requeue=True)
            channel.finish(message, told=True)

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
        self._told: dict[int, bool] = {}
        self._fresh: list[int] = []

    def finish(self, message: IncomingMessage, *, told: bool = False) -> None:
        """Notes that a message is done, and whether the broker knows."""
        tag = int(message.delivery_tag or 0)
        self._told[tag] = told
        self._fresh.append(tag)

    async def tell(self) -> None:
        """One frame for all that are done without a gap, and one for each beyond."""
        newest = self._pass()
        beyond = [tag for tag in self._fresh if tag > self._passed and not self._told[tag]]
        self._told.update(dict.fromkeys(beyond, True))
        self._fresh.clear()
        if newest:
            await self.channel.basic_ack(newest, multiple=True)
        for tag in beyond:
            await self.channel.basic_ack(tag)

    def _pass(self) -> int:
        """Passes all that are done without a gap; the newest of them that the broker does not know of yet."""
        newest = 0
        while (told := self._told.pop(self._passed + 1, None)) is not None:
            self._passed += 1
            newest = newest if told else self._passed
        return newest
