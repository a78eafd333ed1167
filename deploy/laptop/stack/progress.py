"""How far a platform has got: written by its supervisor, read by whoever waits for it."""

import json
import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from deploy.keys import write_secret
from deploy.laptop.stack.plan import Layout
from deploy.laptop.stack.processes import ProcessIdentity


class Phase(StrEnum):
    """The life of a platform."""

    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Progress:
    """The step that a supervisor has reached, and which process it is."""

    phase: Phase
    message: str
    supervisor: ProcessIdentity

    @property
    def supervised(self) -> bool:
        """Whether the supervisor that reached it still lives."""
        return self.supervisor.alive()


def report(layout: Layout, phase: Phase, message: str = "") -> None:
    """Says how far the platform of this supervisor has got."""
    print(f"{phase}: {message}", flush=True)
    own = ProcessIdentity.of(os.getpid())
    reached = {"phase": phase, "message": message, "pid": own.pid, "started": own.started}
    write_secret(layout.supervisor, json.dumps(reached, ensure_ascii=False))


def progress(layout: Layout) -> Progress | None:
    """The step that the supervisor last reached; None where none ever ran."""
    path: Path = layout.supervisor
    if not path.exists():
        return None
    reached = json.loads(path.read_text(encoding="utf-8"))
    supervisor = ProcessIdentity(reached["pid"], reached["started"])
    return Progress(Phase(reached["phase"]), reached["message"], supervisor)
