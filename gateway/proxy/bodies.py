"""Streams request bodies: one piece in memory at a time, with limits on size and time."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from aiohttp import web

from gateway.proxy.rules import Limits, too_large
from shared.problems import RuleBroken
from shared.web.problems import BodyTooSlow

_AT_ONCE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Pace:
    """The slowest accepted rate of a body: a base time, more seconds per number of bytes, and a maximum."""

    grace_seconds: float
    bytes_per_second: int
    longest_seconds: float

    def seconds_for(self, taken: int) -> float:
        """Returns the deadline of the next piece, from the start of the body, after so many bytes."""
        return min(self.grace_seconds + taken / self.bytes_per_second, self.longest_seconds)


class StreamedBody:
    """A request body that is forwarded while it arrives."""

    def __init__(self, request: web.Request, limit: int, pace: Pace) -> None:
        self._content = request.content
        self._limit = limit
        self._pace = pace
        self.refusal: RuleBroken | None = None

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yields the body in pieces; stops if it is too large or too slow and sets `refusal`."""
        try:
            async for piece in self._bounded():
                yield piece
        except RuleBroken as refusal:
            self.refusal = refusal
            raise ConnectionResetError("the body was refused midway") from refusal

    async def whole(self) -> bytes:
        """Reads a small body; raises BodyTooLarge or BodyTooSlow."""
        return b"".join([piece async for piece in self._bounded()])

    async def _bounded(self) -> AsyncIterator[bytes]:
        taken, began = 0, asyncio.get_running_loop().time()
        while True:
            try:
                async with asyncio.timeout_at(began + self._pace.seconds_for(taken)):
                    piece = await self._content.read(_AT_ONCE)
            except TimeoutError as error:
                raise BodyTooSlow from error
            if not piece:
                return
            taken += len(piece)
            if taken > self._limit:
                raise too_large(self._limit)
            yield piece


async def body_of(request: web.Request, limits: Limits, pace: Pace) -> bytes | StreamedBody | None:
    """Returns the body to forward: None, a small one whole, or a stream; raises BodyTooLarge, BodyTooSlow."""
    if not request.body_exists:
        return None
    limit = limits.of(request.content_type)
    length = request.content_length
    if length is not None and length > limit:
        raise too_large(limit)
    body = StreamedBody(request, limit, pace)
    if length is not None and length <= _AT_ONCE:
        return await body.whole()
    return body
