"""System packages: present ones are left alone, missing ones are installed by one command."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.laptop.system_packages import (
    APT_SCRIPT,
    BROKER,
    help_text,
    install_command,
    needs,
)


def having(*programs: str) -> Callable[[str], str | None]:
    """A machine with these programs."""
    return lambda name: f"/usr/bin/{name}" if name in programs else None


def test_root_on_debian_installs_with_apt() -> None:
    command = install_command(["python3-venv"], [], root=True, which=having("apt-get"))
    assert command == ["sh", "-c", APT_SCRIPT, "install", "python3-venv"]


def test_others_on_debian_install_with_sudo_that_asks_nothing() -> None:
    command = install_command(["python3-venv"], [], root=False, which=having("apt-get", "sudo"))
    assert command is not None
    assert command[:3] == ["sudo", "-n", "sh"]


def test_without_sudo_the_message_names_the_command() -> None:
    assert install_command(["python3-venv"], [], root=False, which=having("apt-get")) is None


def test_macos_installs_with_homebrew() -> None:
    command = install_command(["rabbitmq-server"], ["rabbitmq"], root=False, which=having("brew"))
    assert command == ["brew", "install", "--quiet", "rabbitmq"]


def test_a_given_broker_is_not_installed() -> None:
    assert BROKER in needs({})
    assert BROKER not in needs({"FUMA_LOCAL_RABBITMQ_URL": "amqp://"})


def test_the_message_names_one_command_and_the_alternative() -> None:
    text = help_text(["rabbitmq-server", "python3-venv"])
    assert "apt-get install -y --no-install-recommends rabbitmq-server python3-venv" in text
    assert "FUMA_LOCAL_RABBITMQ_URL" in text
    assert "FUMA_LOCAL_RABBITMQ_URL" not in help_text(["python3-venv"])


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A folder of fake apt programs: they record their arguments and install nothing."""
    policy = tmp_path / "policy-rc.d"
    apt = tmp_path / "apt-get"
    seen = f'[ -e "{policy}" ] && state=forbidden || state=allowed'
    apt.write_text(f'#!/bin/sh\n{seen}\necho "$1 $state" >> "{tmp_path}/asked"\nexit $(cat "{tmp_path}/exit")\n')
    apt.chmod(0o755)
    (tmp_path / "exit").write_text("0")
    return tmp_path


def run_script(machine: Path) -> subprocess.CompletedProcess[bytes]:
    """Runs the real script with the fake programs."""
    script = APT_SCRIPT.replace("/usr/sbin/policy-rc.d", str(machine / "policy-rc.d"))
    script = script.replace("/run/systemd/system", str(machine / "no-systemd"))
    path = {"PATH": f"{machine}:/usr/bin:/bin"}
    return subprocess.run(["sh", "-c", script, "install", "rabbitmq-server"], check=False, env=path)


def test_services_are_forbidden_to_start_while_it_installs_and_only_then(machine: Path) -> None:
    assert run_script(machine).returncode == 0
    assert (machine / "asked").read_text().split() == ["install", "forbidden"]
    assert not (machine / "policy-rc.d").exists()


def test_a_failed_installation_leaves_no_files(machine: Path) -> None:
    (machine / "exit").write_text("100")
    assert run_script(machine).returncode != 0
    assert "update" in (machine / "asked").read_text()
    assert not (machine / "policy-rc.d").exists()


def test_the_administrators_own_policy_stays(machine: Path) -> None:
    (machine / "policy-rc.d").write_text("theirs")
    assert run_script(machine).returncode == 0
    assert (machine / "policy-rc.d").read_text() == "theirs"
