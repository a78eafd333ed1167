"""A line to the broker that a test may hold up or cut, without harming the broker that all share."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

_READ = 65536


class Line:
    """Passes bytes to and fro between clients and the broker."""

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._open = asyncio.Event()
        self._open.set()

    @property
    def url(self) -> str:
        """The broker's address at this end of the line."""
        if self._server is None:
            raise RuntimeError("the line is not open")
        port = self._server.sockets[0].getsockname()[1]
        login = self._url.netloc.rpartition("@")[0]
        return self._url._replace(netloc=f"{login}@127.0.0.1:{port}").geturl()

    def hold(self) -> None:
        """From now on what a client sends stays on the line."""
        self._open.clear()

    def cut(self) -> None:
        """All connections are lost with what was on the line; new ones work."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()
        self._open.set()

    @asynccontextmanager
    async def laid(self) -> AsyncIterator["Line"]:
        """The line, cut at the end."""
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        try:
            yield self
        finally:
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
