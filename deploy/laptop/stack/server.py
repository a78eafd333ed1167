"""What the private servers of a local platform have in common: one process, one folder, begun and ended."""

import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from deploy.laptop.stack.processes import ProcessIdentity, wait_until


class ServerNotReady(RuntimeError):
    """A server did not answer in time; the end of its log says why."""


class LocalServer:
    """A server on the loopback interface with everything of it in one folder; `name` is that of the part."""

    name: ClassVar[str]
    ready_seconds: ClassVar[float]
    stop_seconds: float
    folder: Path
    _process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """What the server writes while it runs."""
        return self.folder / f"{self.name}.log"

    @property
    def identity(self) -> ProcessIdentity:
        """The running server's process."""
        if self._process is None:
            raise ProcessLookupError
        return ProcessIdentity.of(self._process.pid)

    def launch(self) -> ProcessIdentity:
        """Starts the server without waiting for it."""
        raise NotImplementedError

    def ready(self) -> bool:
        """Whether the server takes connections."""
        raise NotImplementedError

    def stop(self) -> None:
        """Ends the server in order."""
        raise NotImplementedError

    def start(self) -> Self:
        """Starts the server and waits until it takes connections."""
        self.launch()
        self.wait_ready()
        return self

    def wait_ready(self, seconds: float | None = None) -> None:
        """Waits until the server takes connections; ServerNotReady when it ended or hangs."""
        wait_until(lambda: self.ended() or self.ready(), self.ready_seconds if seconds is None else seconds)
        if self.ended() or not self.ready():
            raise ServerNotReady(self.log.read_text(errors="replace")[-2000:])

    def ended(self) -> bool:
        """Whether the server was started and its process is gone."""
        return self._process is not None and self._process.poll() is not None

    def kill(self) -> None:
        """Ends the server as a fault would; returns when the operating system has ended it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(self.stop_seconds)

    def discard(self) -> None:
        """Removes the data for good."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.stop()
