"""A TCP proxy to a shared server: a test can delay, cut or refuse connections without stopping the server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

_READ = 65536


class Line:
    """A TCP proxy between clients and the broker or Postgres."""

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._port = 0
        self._open = asyncio.Event()
        self._open.set()

    @property
    def url(self) -> str:
        """The server's URL through the proxy."""
        login = self._url.netloc.rpartition("@")[0]
        return self._url._replace(netloc=f"{login}@127.0.0.1:{self._port}").geturl()

    def hold(self) -> None:
        """Holds back what clients send from now on."""
        self._open.clear()

    def cut(self) -> None:
        """Closes all connections with the data in transit; new ones work."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()
        self._open.set()

    @asynccontextmanager
    async def away(self) -> AsyncIterator[None]:
        """Closes all connections and refuses new ones."""
        self._close()
        try:
            yield
        finally:
            await self._listen()

    @asynccontextmanager
    async def laid(self) -> AsyncIterator["Line"]:
        """Runs the proxy and closes its connections at the end."""
        await self._listen()
        try:
            yield self
        finally:
            self._close()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    def _close(self) -> None:
        if self._server is not None:
            self._server.close()
        self.cut()

    async def _connect(self, from_client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        from_broker, to_broker = await asyncio.open_connection(self._url.hostname, self._url.port)
        self._writers |= {to_client, to_broker}
        await asyncio.gather(
            self._pass_on(from_client, to_broker, self._open),
            self._pass_on(from_broker, to_client, None),
        )

    async def _pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, opened: asyncio.Event | None
    ) -> None:
        try:
            while data := await reader.read(_READ):
                if opened is not None:
                    await opened.wait()
                if writer.is_closing():
                    return
                writer.write(data)
                await writer.drain()
        except OSError:
            return
        finally:
            writer.close()
