"""A publisher that reconnects after its connection has broken."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from shared.messaging.publisher import Publisher, publishing
from shared.messaging.topology import Topology


class ReconnectingPublisher:
    """Publishes on one connection until it breaks, then on a new one."""

    def __init__(self, url: str, name: str, topology: Topology) -> None:
        self._url = url
        self._name = name
        self._topology = topology
        self._current: Publisher | None = None
        self._stack = AsyncExitStack()
        self._opening = asyncio.Lock()

    @asynccontextmanager
    async def open(self) -> AsyncIterator["ReconnectingPublisher"]:
        """Opens the publisher, which connects when it first publishes."""
        try:
            yield self
        finally:
            await self._stack.aclose()

    async def publish(
        self, exchange: str, routing_key: str, body: bytes, *, message_id: str, headers: Mapping[str, Any]
    ) -> None:
        """Publishes one message and waits for the confirm; raises BrokerUnavailable."""
        publisher = await self._open_publisher()
        await publisher.publish(exchange, routing_key, body, message_id=message_id, headers=headers)

    async def _open_publisher(self) -> Publisher:
        async with self._opening:
            if self._current is None or not self._current.is_open:
                await self._stack.aclose()
                self._current = None
                self._current = await self._stack.enter_async_context(
                    publishing(self._url, self._name, self._topology)
                )
            return self._current
