"""What the private servers of a local platform have in common: one process, one folder, begun and ended."""

import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.laptop.stack.processes import ProcessIdentity


class LocalServer:
    """A server on the loopback interface with everything of it in one folder."""

    folder: Path
    stop_seconds: float
    _process: subprocess.Popen[bytes] | None = None

    @property
    def identity(self) -> ProcessIdentity:
        """The running server's process."""
        if self._process is None:
            raise ProcessLookupError
        return ProcessIdentity.of(self._process.pid)

    def start(self) -> Self:
        """Starts the server and waits until it answers."""
        raise NotImplementedError

    def stop(self) -> None:
        """Ends the server in order."""
        raise NotImplementedError

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
