"""One of the platform's own processes: a service or the gateway."""

import contextlib
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.laptop.stack.plan import ROOT
from deploy.laptop.stack.ports import LOOPBACK
from deploy.laptop.stack.processes import ProcessIdentity, end_child

# Longer than the services' own grace for requests and messages that they have begun.
STOP_SECONDS = 25.0
LOG_BYTES = 20_000_000


class StepFailed(RuntimeError):
    """A one-time step, such as a migration, ended with an error; its output says why."""


class ServiceProcess:
    """A process that answers health questions over HTTP."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self.name = name
        self.port = int(environment["FUMA_HTTP_PORT"])
        self.operations_port = int(environment["FUMA_OPERATIONS_PORT"])
        self.log = log
        self._command = list(command)
        self._environment = whole_environment(environment)
        self._process: subprocess.Popen[bytes] | None = None

    def launch(self) -> ProcessIdentity:
        """Starts the process without waiting for it."""
        self._end_workers_of_former()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        _turn_over(self.log)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=ROOT,
                env=self._environment,
                start_new_session=True,
            )
        return ProcessIdentity.of(self._process.pid)

    def ready(self) -> bool:
        """Whether the process is ready to do its work."""
        return is_ready(self.port)

    def ended(self) -> bool:
        """Whether the process was started and is gone."""
        return self._process is not None and self._process.poll() is not None

    def request_stop(self) -> None:
        """Asks the process to finish what it has begun, and end."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def stop(self) -> None:
        """Ends the process in order, or by force when it takes too long."""
        if self._process is not None:
            end_child(self._process, STOP_SECONDS)
            self._end_workers_of_former()
            self._process = None

    def _end_workers_of_former(self) -> None:
        """Worker processes of a killed service would go on without it: their group is ended."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)


def is_ready(port: int) -> bool:
    """Whether the process on a port is ready to answer requests."""
    return _is_well(f"http://{LOOPBACK}:{port}/health/ready")


def is_messaging(operations_port: int) -> bool:
    """Whether a process's events come and go, as it says to operators."""
    return _is_well(f"http://{LOOPBACK}:{operations_port}/health/messaging")


def _is_well(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310 - an address of ours
            return bool(answer.status == 200)  # noqa: PLR2004 - HTTP's OK
    except (urllib.error.URLError, OSError, ValueError):
        return False


def run_step(command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
    """Runs a one-time step to its end; StepFailed with the end of its output when it fails."""
    finished = subprocess.run(
        command,
        check=False,
        cwd=ROOT,
        env=whole_environment(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as file:
        file.write(finished.stdout)
    if finished.returncode != 0:
        printed = finished.stdout.decode(errors="replace")[-3000:]
        raise StepFailed(f"{' '.join(command)}\n{printed}")


def whole_environment(settings: Mapping[str, str]) -> dict[str, str]:
    """The settings on top of the machine's environment, without the user's own Fuma settings."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("FUMA_")}
    return inherited | {"PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"} | dict(settings)


def python_module(module: str) -> list[str]:
    """The command that runs a module of this clone."""
    return [sys.executable, "-m", module]


def _turn_over(log: Path) -> None:
    """Begins a new log file when the old one has grown large; one old one is kept."""
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.replace(log.with_suffix(".old.log"))
