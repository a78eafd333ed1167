"""What must be on the machine besides Python, and how to get it there without disturbing what is."""

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.laptop.steps import Steps, again

# An installed package must not start a second broker beside ours, neither now nor at the next boot.
APT_SCRIPT = """
set -e
export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\\nexit 101\\n' > "$policy"
    chmod 755 "$policy"
fi
install() { apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 "$@"; }
# Without package lists, as in a fresh container, the first attempt fails.
install "$@" || { apt-get update -qq; install "$@"; }
for package in "$@"; do
    if [ "$package" = rabbitmq-server ] && [ -d /run/systemd/system ]; then
        systemctl disable rabbitmq-server > /dev/null 2>&1 || true
    fi
done
"""


# Debian's command in /usr/sbin changes to the system broker's account: the script below it does not.
PROGRAM_PATTERNS = (
    ("/usr/lib/rabbitmq/bin", "rabbitmq-server"),
    ("/usr/lib/rabbitmq/lib", "rabbitmq_server-*/sbin/rabbitmq-server"),
    ("/opt/homebrew/opt/rabbitmq/sbin", "rabbitmq-server"),
    ("/usr/local/opt/rabbitmq/sbin", "rabbitmq-server"),
    ("/opt/rabbitmq/sbin", "rabbitmq-server"),
)


class CannotInstall(RuntimeError):
    """A system package is missing and cannot be installed from here; the message names the command."""


@dataclass(frozen=True, slots=True)
class Need:
    """Something the platform needs from the system: how to see it, and its packages."""

    debian: str
    homebrew: str
    present: Callable[[], bool]


def server_program() -> Path | None:
    """The installed rabbitmq-server, or None."""
    found = (
        path for folder, pattern in PROGRAM_PATTERNS for path in sorted(Path(folder).glob(pattern), reverse=True)
    )
    return next((path for path in found if path.is_file() and os.access(path, os.X_OK)), None)


BROKER = Need("rabbitmq-server", "rabbitmq", lambda: server_program() is not None)


def needs(environment: Mapping[str, str]) -> list[Need]:
    """What is needed, given which servers the user brings along."""
    given = {"FUMA_LOCAL_RABBITMQ_URL", "FUMA_TEST_RABBITMQ_URL"} & set(environment)
    return [] if given else [BROKER]


def ensure_system_packages(steps: Steps) -> None:
    """Installs what is missing; CannotInstall with the command to run where that is impossible."""
    missing = [need for need in needs(os.environ) if not need.present()]
    if not missing:
        return
    steps.begin(f"系统软件包 / system packages: {' '.join(need.debian for need in missing)}")
    install_with_system([need.debian for need in missing], [need.homebrew for need in missing], steps)
    still_missing = [need.debian for need in missing if not need.present()]
    if still_missing:
        raise CannotInstall(help_text(still_missing))
    steps.finish()


def install_with_system(debian: Sequence[str], homebrew: Sequence[str], steps: Steps) -> None:
    """Installs packages with the system's package manager, under their names there."""
    command = install_command(debian, homebrew, root=os.geteuid() == 0, which=shutil.which)
    if command is None or not steps.run(command):
        raise CannotInstall(help_text(debian))


def install_command(
    debian: Sequence[str],
    homebrew: Sequence[str],
    *,
    root: bool,
    which: Callable[[str], str | None],
) -> list[str] | None:
    """The command that installs here without asking anybody; None where there is none."""
    if which("apt-get"):
        script = ["sh", "-c", APT_SCRIPT, "install", *debian]
        if root:
            return script
        return ["sudo", "-n", *script] if which("sudo") else None
    if which("brew") and homebrew:
        return ["brew", "install", "--quiet", *homebrew]
    return None


def help_text(packages: Sequence[str]) -> str:
    """What the user can do when a package is missing: in most cases, one command."""
    names = " ".join(packages)
    text = [
        f"缺少系统软件包,请运行 / System packages are missing, run: {names}",
        f"    sudo apt-get update && sudo apt-get install -y --no-install-recommends {names}",
        f"    {again()}",
    ]
    if "rabbitmq-server" in packages:
        text += [
            "或使用已有的 RabbitMQ / or use a RabbitMQ that you have:",
            "    export FUMA_LOCAL_RABBITMQ_URL=amqp://USER:PASSWORD@HOST:5672/fuma",
            "    export FUMA_LOCAL_RABBITMQ_MANAGEMENT_URL=http://USER:PASSWORD@HOST:15672",
        ]
    return "\n".join(text)
