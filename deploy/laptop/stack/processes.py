"""Processes of this machine, told apart from a later one that got the same number."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class ProcessIdentity:
    """A process by its number and its start time, so that a reused number is never hit."""

    pid: int
    started: str

    @classmethod
    def of(cls, pid: int) -> Self:
        """The identity of a process that runs now; ProcessLookupError where there is none."""
        started = _start_time(pid)
        if started is None:
            raise ProcessLookupError(pid)
        return cls(pid, started)

    def alive(self) -> bool:
        """Whether exactly this process still runs; a zombie does not."""
        return _start_time(self.pid) == self.started

    def send(self, number: signal.Signals) -> bool:
        """Sends a signal to this process and to no other; False where it is gone."""
        if not self.alive():
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)
            return True
        return False

    def send_to_group(self, number: signal.Signals) -> None:
        """Sends a signal to the group that this process leads, leftovers of it included."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)

    def wait_gone(self, seconds: float) -> bool:
        """Waits until the operating system has ended the process."""
        return wait_until(lambda: not self.alive(), seconds)

    def end(self, seconds: float, number: signal.Signals = signal.SIGTERM) -> None:
        """Asks the process to end, and ends it and its group when it does not in time."""
        if self.send(number) and not self.wait_gone(seconds):
            self.send(signal.SIGKILL)
            self.wait_gone(seconds)


def end_child(child: subprocess.Popen[bytes], seconds: float, number: signal.Signals = signal.SIGTERM) -> None:
    """Asks a child to end, ends it when it does not in time, and takes its exit status."""
    if child.poll() is None:
        child.send_signal(number)
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait(seconds)


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Polls until the condition holds; False when it did not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def _start_time(pid: int) -> str | None:
    """When the process started, in the system's own notation; None for a zombie or none."""
    stat = Path(f"/proc/{pid}/stat")
    if not Path("/proc/self/stat").exists():
        return _start_time_by_ps(pid)
    try:
        # The command name may hold blanks and brackets: what follows the last one is regular.
        fields = stat.read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" else fields[19]


def _start_time_by_ps(pid: int) -> str | None:
    shown = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout.split(maxsplit=1)
    return None if not shown or shown[0].startswith("Z") else shown[1].strip()
