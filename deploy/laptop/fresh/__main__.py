"""`python3 -m deploy fresh`: a stranger tries the README's commands on a Debian with next to nothing.

Exit status 0 where all went well, 1 where a command failed, 3 where it cannot be tried here.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.laptop.fresh.lending import debian_archive, lend_configuration, lent_settings, package_folders
from deploy.laptop.fresh.machine import Machine, can_isolate, missing_programs
from deploy.laptop.steps import ROOT, Steps
from deploy.laptop.system_packages import CannotInstall, install_with_system

LOG = ROOT / ".local" / "log" / "fresh.log"
FAILED, CANNOT = 1, 3
# What a stranger's machine has: an interpreter, git, make, and some font, but none with Chinese letters.
PACKAGES = ("python3", "git", "make", "ca-certificates", "fonts-dejavu-core")
CLONE = "/root/fuma"
COMMANDS = (
    "make run",
    "make status",
    "make run",
    "make demo ARGS=--json",
    "make stop",
    'make test ARGS="tests/unit/documents tests/integration/coding -x"',
)


class CannotTry(RuntimeError):
    """A minimal machine cannot be made here; the message says what is missing."""


class CommandFailed(RuntimeError):
    """One of the commands failed on the minimal machine."""


def main() -> int:
    """Makes the machine, runs the commands in it, and leaves nothing behind."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    began = time.monotonic()
    LOG.unlink(missing_ok=True)
    try:
        with Steps(LOG) as steps:
            require_means(steps)
            with folder() as root:
                try_commands(root, steps)
    except CannotTry as reason:
        print(f"未能试用 / NOT TRIED: {reason}", file=sys.stderr)
        return CANNOT
    except CommandFailed as failure:
        print(f"失败 / failed: {failure}", file=sys.stderr)
        return FAILED
    print(f"通过 / passed, {time.monotonic() - began:.0f} s")
    return 0


def require_means(steps: Steps) -> None:
    """Makes sure that a machine can be made here; CannotTry where not."""
    if os.geteuid() != 0:
        raise CannotTry("需要 root / it needs root")
    if missing := missing_programs():
        raise CannotTry(f"缺少程序 / programs are missing: {' '.join(missing)}")
    if not can_isolate():
        raise CannotTry("不允许挂载或命名空间 / this account may not mount or make namespaces")
    if shutil.which("debootstrap") is None:
        steps.begin("系统软件包 / system packages: debootstrap")
        try:
            install_with_system(["debootstrap"], [], steps)
        except CannotInstall as problem:
            raise CannotTry(f"缺少 debootstrap / debootstrap is missing\n{problem}") from None


@contextmanager
def folder() -> Iterator[Path]:
    """A folder for the machine, removed at the end: what is mounted in it is seen by the machine alone."""
    root = Path(tempfile.mkdtemp(prefix="fuma-fresh-"))
    root.chmod(0o755)
    try:
        yield root
    finally:
        shutil.rmtree(root, ignore_errors=True)


def try_commands(root: Path, steps: Steps) -> None:
    """Runs the README's commands on a machine made in the folder; CommandFailed at the first that fails."""
    _install_debian(root, steps)
    _clone(root, steps)
    with Machine(root, package_folders(), lent_settings()) as machine:
        for command in COMMANDS:
            steps.begin(command)
            if not machine.run(command, steps, CLONE):
                raise CommandFailed(command)
    steps.begin("清理 / cleaning up")


def _install_debian(root: Path, steps: Steps) -> None:
    codename, archive = debian_archive()
    steps.begin(f"Debian {codename}: {' '.join(PACKAGES)}")
    # The folder need not outlive a power cut: dpkg is spared waiting for the disk after every file.
    unsafe_io = root / "etc" / "dpkg" / "dpkg.cfg.d" / "unsafe-io"
    unsafe_io.parent.mkdir(parents=True)
    unsafe_io.write_text("force-unsafe-io\n")
    debootstrap = ["debootstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", codename, str(root)]
    # In a mount namespace, so that what debootstrap mounts goes with it.
    if not steps.run(["unshare", "--mount", *debootstrap, *([archive] if archive else [])]):
        raise CommandFailed("debootstrap")
    lend_configuration(root)


def _clone(root: Path, steps: Steps) -> None:
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], check=True, cwd=ROOT, capture_output=True, text=True
    ).stdout.strip()
    steps.begin(f"git clone, {commit[:10]}")
    target = str(root) + CLONE
    cloned = steps.run(["git", "clone", "--quiet", "--no-hardlinks", str(ROOT), target])
    if not (cloned and steps.run(["git", "-C", target, "checkout", "--quiet", "--detach", commit])):
        raise CommandFailed("git clone")


if __name__ == "__main__":
    sys.exit(main())
