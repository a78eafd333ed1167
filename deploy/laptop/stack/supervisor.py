"""Keeps the parts of a platform running: starts them, restarts one that dies, stops all in order."""

import contextlib
import fcntl
import os
import signal
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from deploy.laptop.stack.assembly import Assembly
from deploy.laptop.stack.description import Description, change_description, read_description
from deploy.laptop.stack.migrations import note_up_to_date, up_to_date
from deploy.laptop.stack.plan import Layout
from deploy.laptop.stack.processes import ProcessIdentity
from deploy.laptop.stack.progress import Phase, report
from deploy.laptop.stack.rabbitmq import end_orphaned_epmd
from deploy.laptop.stack.servers import Part
from deploy.laptop.stack.service import ServiceProcess

READY_SECONDS = 120.0
WATCH_SECONDS = 0.1
# A part that dies at once waits longer before each new start; one that ran a while, hardly.
FIRST_WAIT, LONGEST_WAIT, STEADY_SECONDS = 0.2, 5.0, 20.0
MOST_RESTARTS_AT_START = 4
ORPHAN_SECONDS = 15.0


class NotReady(RuntimeError):
    """A part did not become ready; the end of its log says why."""


class StopRequested(Exception):
    """The platform shall stop."""


@dataclass(slots=True)
class Watched:
    """A part under supervision, and how its last starts went."""

    part: Part
    launched: float = 0.0
    wait: float = FIRST_WAIT
    due: float | None = None
    identity: ProcessIdentity | None = None
    restarts: int = field(default=-1)

    def launch(self) -> None:
        """Starts the part."""
        self.identity = self.part.launch()
        self.launched = time.monotonic()
        self.due = None
        self.restarts += 1

    def plan_restart(self) -> None:
        """Sets when a part that died is started again."""
        steady = time.monotonic() - self.launched > STEADY_SECONDS
        self.wait = FIRST_WAIT if steady else min(self.wait * 2, LONGEST_WAIT)
        self.due = time.monotonic() + self.wait


class Supervisor:
    """Runs one platform from its plan until it is asked to stop."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._assembly = Assembly(layout)
        self._watched: list[Watched] = []
        self._stop_requested = False

    def run(self) -> int:
        """Starts, watches, stops; the exit status."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._request_stop)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        try:
            self._start()
            self._watch()
        except StopRequested:
            self._stop()
            report(self._layout, Phase.STOPPED)
            return 0
        except Exception as error:  # noqa: BLE001 - whatever it was, the user sees it and all is ended
            self._stop()
            report(self._layout, Phase.FAILED, f"{type(error).__name__}: {error}")
            return 1
        return 0

    def _start(self) -> None:
        report(self._layout, Phase.STARTING, "数据库 / Postgres")
        servers = [self._launch(part) for part in self._assembly.servers.own]
        self._wait_ready([each for each in servers if each.part.name == "postgres"])
        self._assembly.provision_postgres()
        # RabbitMQ takes seconds to boot: the migrations use them.
        self._migrate()
        report(self._layout, Phase.STARTING, "消息队列 / RabbitMQ")
        self._wait_ready(servers)
        self._assembly.provision_rabbitmq()
        self._assembly.bootstrap()
        report(self._layout, Phase.STARTING, "服务与网关 / services and gateway")
        services = [self._launch(part) for part in self._assembly.service_parts()]
        self._wait_ready(services)
        self._describe(self._assembly.describe)
        report(self._layout, Phase.RUNNING, self._assembly.gateway_url)

    def _migrate(self) -> None:
        """Migrates all; a private Postgres that has seen all migrations is spared the six processes."""
        if self._assembly.servers.postgres and up_to_date(self._layout):
            return
        report(self._layout, Phase.STARTING, "数据表 / migrations")
        with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
            list(pool.map(self._assembly.migrate, self._assembly.processes))
        note_up_to_date(self._layout)

    def _launch(self, part: Part) -> Watched:
        watched = Watched(part)
        self._watched.append(watched)
        watched.launch()
        self._describe(lambda description: _note(description, watched))
        return watched

    def _wait_ready(self, parts: list[Watched]) -> None:
        """Waits for parts; one that dies meanwhile is started again as in later life."""
        waiting, deadline = list(parts), time.monotonic() + READY_SECONDS
        while waiting:
            self._look_after_all()
            waiting = [each for each in waiting if each.part.ended() or not each.part.ready()]
            failing = any(each.restarts > MOST_RESTARTS_AT_START for each in waiting)
            if waiting and (failing or time.monotonic() > deadline):
                raise NotReady(self._log_tail(waiting[0].part.name))
            if waiting:
                time.sleep(WATCH_SECONDS)

    def _watch(self) -> None:
        while True:
            self._look_after_all()
            time.sleep(WATCH_SECONDS)

    def _look_after_all(self) -> None:
        if self._stop_requested:
            raise StopRequested
        for watched in self._watched:
            self._look_after(watched)

    def _look_after(self, watched: Watched) -> None:
        """Restarts a part that died, after a short wait that grows when it keeps dying."""
        if not watched.part.ended():
            return
        if watched.due is None:
            watched.plan_restart()
            print(f"{watched.part.name} ended, restart in {watched.wait:.1f} s", flush=True)
        elif time.monotonic() >= watched.due:
            watched.launch()
            self._describe(lambda description: _note(description, watched))

    def _stop(self) -> None:
        """Ends all: what works first, then what it stands on, last what keeps the data."""
        report(self._layout, Phase.STOPPING)
        services = [w.part for w in self._watched if isinstance(w.part, ServiceProcess)]
        for service in services:
            service.request_stop()
        servers = {part.name: part for part in self._assembly.servers.own}
        order = [*services, *(servers[name] for name in ("rabbitmq", "postgres") if name in servers)]
        for part in order:
            with contextlib.suppress(ProcessLookupError):
                part.stop()
        self._describe(lambda description: description.update(processes={}))

    def _request_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stop_requested = True

    def _describe(self, change: Callable[[Description], None]) -> None:
        change_description(self._layout.description, change)

    def _log_tail(self, part: str) -> str:
        return f"{part}: {self._assembly.log_tail(part)}"


def end_orphans(layout: Layout) -> bool:
    """Ends what a supervisor that was itself killed has left running, services before servers; whether any ran."""
    processes = read_description(layout.description).get("processes", {})
    known = {name: ProcessIdentity(one["pid"], one["started"]) for name, one in processes.items()}
    orphans = {name: identity for name, identity in known.items() if identity.alive()}
    for name in sorted(orphans, key=lambda name: name in {"postgres", "rabbitmq"}):
        orphans[name].end(ORPHAN_SECONDS, signal.SIGINT if name == "postgres" else signal.SIGTERM)
        orphans[name].send_to_group(signal.SIGKILL)
    end_orphaned_epmd(layout.folder / "rabbitmq", ORPHAN_SECONDS)
    if known:
        change_description(layout.description, lambda description: description.update(processes={}))
    return bool(orphans)


def supervise(folder: Path) -> int:
    """Supervises the platform of a folder, unless another process does so already."""
    layout = Layout(folder)
    with layout.lock.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return 0
        report(layout, Phase.STARTING)
        # Before ports are chosen: what was left running still sits on them.
        end_orphans(layout)
        return Supervisor(layout).run()


def _note(description: Description, watched: Watched) -> None:
    """Notes where a part runs, so that it can be asked, killed and found again."""
    if watched.identity is None:
        return
    description.setdefault("processes", {})[watched.part.name] = {
        "pid": watched.identity.pid,
        "started": watched.identity.started,
        "port": watched.part.port,
        "operations_port": getattr(watched.part, "operations_port", None),
        "restarts": watched.restarts,
    }


if __name__ == "__main__":
    sys.exit(supervise(Path(sys.argv[1])))
