"""A minimal Debian in a folder, in which commands run apart from this machine's processes and mounts.

It has a PID and a mount namespace of its own: when its first process ends, the kernel ends every other one and
takes all mounts away, whatever happened before. The network is this machine's.
"""

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self, cast

from deploy.laptop.steps import Steps

PROGRAMS = ("unshare", "nsenter", "setpriv", "chroot", "mount")
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
SEARCH_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Ends a command that hangs, so that the rest is tried and all is cleaned up.
COMMAND_SECONDS = 1200
# The first process: prepares what servers expect to find, then takes in orphans until it is killed.
INIT = r"""
set -e
root=$1; shift
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
mkdir -p "$root/dev/shm" "$root/dev/pts"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=666,mode=620 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
for device in $DEVICES; do : > "$root/dev/$device"; mount --bind "/dev/$device" "$root/dev/$device"; done
for folder in "$@"; do mkdir -p "$root$folder"; mount --bind "$folder" "$root$folder"; \
    mount -o remount,bind,ro "$root$folder"; done
echo ready
while :; do sleep 1000 & wait $!; done
"""


class MachineNotStarted(RuntimeError):
    """The machine's first process ended at once; the log says why."""


class Machine:
    """The machine whose root is a folder; `lent` are folders of this machine that it sees, read-only."""

    def __init__(self, root: Path, lent: Sequence[Path], environment: Mapping[str, str]) -> None:
        self.root = root
        self._lent = lent
        self._environment = {"HOME": "/root", "PATH": SEARCH_PATH, "LANG": "C.UTF-8"} | dict(environment)
        self._init: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        for folder in ("proc", "dev", "root", "tmp"):
            (self.root / folder).mkdir(exist_ok=True)
        # Whatever ends this process ends unshare, which ends the machine's first process.
        apart = ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child"]
        self._init = subprocess.Popen(
            [*apart, "bash", "-c", INIT, "init", str(self.root), *map(str, self._lent)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={"PATH": SEARCH_PATH, "DEVICES": " ".join(DEVICES)},
        )
        if cast("IO[bytes]", self._init.stdout).readline() != b"ready\n":
            raise MachineNotStarted(self._init.communicate()[1].decode(errors="replace"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.shut_down()

    def command(self, words: str, folder: str = "/root") -> list[str]:
        """The command line that runs a shell command in the machine."""
        enter = ["nsenter", "--target", str(self._first_process()), "--mount", "--pid", "chroot", str(self.root)]
        bounded = ["timeout", "--kill-after=10", str(COMMAND_SECONDS)]
        return [*enter, *bounded, "bash", "-c", f"cd {folder} && {words}"]

    def run(self, words: str, steps: Steps, folder: str = "/root") -> bool:
        """Runs a shell command in the machine; whether it succeeded."""
        # The settings are handed over as such: one may hold a password, which a command line and a log would show.
        return steps.run(self.command(words, folder), environment=self._environment)

    def shut_down(self) -> None:
        """Ends the machine's first process, and with it all others."""
        if self._init is None:
            return
        # unshare's death takes its child along; the pipe that the child holds open ends with it.
        self._init.kill()
        self._init.communicate()
        self._init = None

    def _first_process(self) -> int:
        """The id, seen from outside, of the process that has id 1 inside."""
        if self._init is None:
            raise MachineNotStarted("not running")
        children = Path(f"/proc/{self._init.pid}/task/{self._init.pid}/children").read_text().split()
        return int(children[0])


def missing_programs() -> list[str]:
    """The programs of util-linux and coreutils that the machine needs and that are not there."""
    return [name for name in PROGRAMS if shutil.which(name) is None]


def can_isolate() -> bool:
    """Whether this account may make namespaces and mount; containers often may not."""
    words = ["unshare", "--mount", "--pid", "--fork", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(words, check=False, capture_output=True).returncode == 0
