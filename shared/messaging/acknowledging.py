"""Acknowledging: what is done of a channel is told in one frame, up to the oldest message that is not."""

import asyncio
from contextlib import suppress
from typing import Any
from weakref import WeakKeyDictionary

from aio_pika import IncomingMessage
from aio_pika.exceptions import ChannelInvalidStateError


class Acknowledgements:
    """Tells the broker what a process is done with, on whichever channel it came.

    Where a channel breaks, what it has not been told of comes again and is recognised by its id.
    """

    def __init__(self) -> None:
        self._channels: WeakKeyDictionary[Any, _Channel] = WeakKeyDictionary()

    async def done(self, message: IncomingMessage) -> None:
        """Acknowledges a message, together with all others that are done by now."""
        # FastStream leaves a locked message alone.
        message.lock()
        with suppress(ChannelInvalidStateError):
            channel = self._of(message)
            channel.finish(message)
            # Whatever was handled in one group ends in this turn of the loop, and joins the frame.
            await asyncio.sleep(0)
            await channel.tell()

    async def handed_back(self, message: IncomingMessage) -> None:
        """Gives a message back to its queue, to be delivered again."""
        message.lock()
        with suppress(ChannelInvalidStateError):
            channel = self._of(message)
            await message.nack(requeue=True)
            channel.finish(message, told=True)

    def _of(self, message: IncomingMessage) -> "_Channel":
        channel = self._channels.get(message.channel)
        if channel is None:
            channel = self._channels[message.channel] = _Channel(message.channel)
        return channel


class _Channel:
    """Delivery tags count from one on each channel: without a gap, all up to one of them are done."""

    def __init__(self, channel: Any) -> None:
        self._channel = channel
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
            await self._channel.basic_ack(newest, multiple=True)
        for tag in beyond:
            await self._channel.basic_ack(tag)

    def _pass(self) -> int:
        """Passes all that are done without a gap; the newest of them that the broker does not know of yet."""
        newest = 0
        while (told := self._told.pop(self._passed + 1, None)) is not None:
            self._passed += 1
            newest = newest if told else self._passed
        return newest
