"""Bodies on their way through: never more than a piece in memory, never more than the limit in all."""

from collections.abc import AsyncIterator

from aiohttp import web

from gateway.proxy.rules import Limits, too_large

_AT_ONCE = 64 * 1024


class Passing:
    """The body of a request that is sent on while it is still coming in."""

    def __init__(self, request: web.Request, limit: int) -> None:
        self._request = request
        self.limit = limit
        self.over = False

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body, piece by piece; breaks off where it grows over the limit, which `over` then says."""
        taken = 0
        async for piece in self._request.content.iter_chunked(_AT_ONCE):
            taken += len(piece)
            if taken > self.limit:
                self.over = True
                raise ConnectionResetError("the body is larger than it may be")
            yield piece


async def body_of(request: web.Request, limits: Limits) -> bytes | Passing | None:
    """The body to send on: none, a small one as it is, or one that passes; raises BodyTooLarge beforehand."""
    if not request.body_exists:
        return None
    limit = limits.of(request.content_type)
    length = request.content_length
    if length is not None and length > limit:
        raise too_large(limit)
    if length is not None and length <= _AT_ONCE:
        return await request.content.read()
    return Passing(request, limit)
