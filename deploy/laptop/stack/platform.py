"""A platform on this machine, seen from outside: started, stopped, asked, and hurt in tests."""

import asyncio
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from deploy.laptop.stack.accounts import outside_folder
from deploy.laptop.stack.description import Description, read_description
from deploy.laptop.stack.plan import ROOT, Layout, Plan
from deploy.laptop.stack.ports import takes_connections
from deploy.laptop.stack.processes import ProcessIdentity, wait_until
from deploy.laptop.stack.progress import Phase, Progress, progress
from deploy.laptop.stack.servers import usual_management_url, vhost_of
from deploy.laptop.stack.service import is_messaging, is_ready
from deploy.laptop.stack.supervisor import end_orphans
from deploy.provision import message_users, remove_database, remove_vhost
from deploy.settings_table import PROCESSES

START_SECONDS = 300.0
STOP_SECONDS = 120.0
END_SECONDS = 30.0
POLL_SECONDS = 0.1
# What a RabbitMQ has from the start: others may use it.
SHARED_VHOST = "/"


class NotStarted(RuntimeError):
    """The platform did not start; the message says which part failed and why."""


class Platform:
    """The platform whose things are in one folder; any number of them live on one machine."""

    def __init__(self, folder: Path, plan: Plan | None = None) -> None:
        self.layout = Layout(folder.resolve())
        self.plan = plan or Plan()
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def supervised(self) -> bool:
        """Whether a supervisor keeps this platform running, or is about to."""
        reached = progress(self.layout)
        return reached is not None and reached.supervised

    @property
    def running(self) -> bool:
        """Whether all of it has become ready."""
        reached = progress(self.layout)
        return reached is not None and reached.supervised and reached.phase == Phase.RUNNING

    def start(self, show: Callable[[str], None] = lambda _: None) -> Self:
        """Starts the platform, unless it runs, and waits until all parts are ready; shows each step's name."""
        if not self.supervised:
            self._launch_supervisor()
        for reached in self._progress():
            if reached.phase in {Phase.FAILED, Phase.STOPPED}:
                reached.supervisor.wait_gone(STOP_SECONDS)
                self._reap()
                raise NotStarted(reached.message)
            if reached.phase == Phase.RUNNING:
                return self
            if reached.message:
                show(reached.message)
        raise NotStarted(self._supervisor_log())

    def stop(self) -> bool:
        """Stops the platform in order, and what a killed supervisor left running; False where nothing ran."""
        reached = progress(self.layout)
        if reached is None or not reached.supervisor.send(signal.SIGTERM):
            return end_orphans(self.layout)
        if not reached.supervisor.wait_gone(STOP_SECONDS):
            raise TimeoutError(f"supervisor {reached.supervisor.pid} did not end in {STOP_SECONDS:.0f} s")
        self._reap()
        return True

    def reset(self) -> None:
        """Stops the platform and removes all its data, keys and passwords."""
        self.stop()
        if self.layout.plan.exists():
            _empty_given_servers(Plan.read(self.layout.plan))
        shutil.rmtree(outside_folder(self.layout.folder / "postgres"), ignore_errors=True)
        shutil.rmtree(self.layout.folder, ignore_errors=True)

    def describe(self) -> Description:
        """The contents of platform.json."""
        return read_description(self.layout.description)

    def identity(self, part: str) -> ProcessIdentity:
        """The process of a part, as last started."""
        known = self.describe()["processes"][part]
        return ProcessIdentity(known["pid"], known["started"])

    def kill(self, part: str) -> ProcessIdentity:
        """Kills a part as a fault would (SIGKILL); returns when the system has ended it."""
        identity = self.identity(part)
        identity.send(signal.SIGKILL)
        if not identity.wait_gone(END_SECONDS):
            raise TimeoutError(f"{part} ({identity.pid}) is still there")
        return identity

    def freeze(self, part: str) -> ProcessIdentity:
        """Halts a part without ending it, as a stuck machine would; `thaw` lets it go on."""
        identity = self.identity(part)
        identity.send(signal.SIGSTOP)
        return identity

    def thaw(self, part: str) -> None:
        """Lets a frozen part go on."""
        self.identity(part).send(signal.SIGCONT)

    def wait_restarted(self, part: str, former: ProcessIdentity, seconds: float = 60.0) -> ProcessIdentity:
        """Waits until the supervisor has started a part again after `kill`, and it is ready."""
        if not wait_until(lambda: self.identity(part) != former and self.part_ready(part), seconds):
            raise TimeoutError(f"{part} was not restarted within {seconds:.0f} s")
        return self.identity(part)

    def wait_ready(self, seconds: float = 60.0) -> None:
        """Waits until every part lives and every service says it is ready."""

        def all_ready() -> bool:
            return all(self.part_ready(part) for part in self.describe()["processes"])

        if not wait_until(all_ready, seconds):
            raise TimeoutError(f"not ready within {seconds:.0f} s: {self.states()}")

    def part_ready(self, part: str) -> bool:
        """Whether a part lives and says that it is ready; a server does so by taking connections."""
        if not self.identity(part).alive():
            return False
        port = self.describe()["processes"][part]["port"]
        return is_ready(port) if part.partition(".")[0] in PROCESSES else takes_connections(port)

    def states(self) -> dict[str, dict[str, Any]]:
        """Each part with its process, ports and restarts, whether it is ready, and whether its events flow."""
        processes = self.describe().get("processes", {})
        return {
            part: known | {"ready": self.part_ready(part), "messaging": _messaging(known.get("operations_port"))}
            for part, known in processes.items()
        }

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.stop()

    def _reap(self) -> None:
        """Takes the exit status of a supervisor that this process had started."""
        if self._child is not None:
            self._child.wait(STOP_SECONDS)
            self._child = None

    def _launch_supervisor(self) -> None:
        self._reap()
        self.layout.folder.mkdir(parents=True, exist_ok=True)
        self.plan.write(self.layout.plan)
        self.layout.log("supervisor").parent.mkdir(exist_ok=True)
        former = progress(self.layout)
        with self.layout.log("supervisor").open("wb") as log:
            self._child = child = subprocess.Popen(
                [sys.executable, "-m", "deploy.laptop.stack.supervisor", str(self.layout.folder)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=ROOT,
                start_new_session=True,
            )
        wait_until(lambda: progress(self.layout) != former or child.poll() is not None, START_SECONDS)

    def _progress(self) -> Iterator[Progress]:
        """How far the supervisor has got, each step once, until it is done or gone."""
        deadline, last = time.monotonic() + START_SECONDS, None
        while time.monotonic() < deadline:
            supervised, reached = self.supervised, progress(self.layout)
            if reached is not None and (reached.phase, reached.message) != last:
                last = (reached.phase, reached.message)
                yield reached
            if not supervised:
                return
            time.sleep(POLL_SECONDS)

    def _supervisor_log(self) -> str:
        return self.layout.log("supervisor").read_text(errors="replace")[-3000:]


def _empty_given_servers(plan: Plan) -> None:
    """Removes this platform's database and virtual host from servers that were given to it."""
    if plan.postgres_dsn:
        asyncio.run(remove_database(plan.postgres_dsn, database=plan.database, prefix=plan.prefix))
    if plan.rabbitmq_url and (vhost := vhost_of(plan.rabbitmq_url)) != SHARED_VHOST:
        management = plan.rabbitmq_management_url or usual_management_url(plan.rabbitmq_url)
        remove_vhost(management, vhost, users=message_users(plan.provinces, plan.prefix))


def _messaging(operations_port: int | None) -> bool:
    """Whether a part's events flow; a server has none of its own."""
    return operations_port is None or is_messaging(operations_port)
