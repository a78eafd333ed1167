"""The minimal machine: isolated, removed without a trace, and with a clear message where it cannot be made."""

import os
import subprocess
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest

from deploy.laptop.fresh import __main__ as fresh
from deploy.laptop.fresh import lending
from deploy.laptop.fresh.machine import Machine, MachineNotStarted, can_isolate
from deploy.laptop.stack.processes import wait_until
from deploy.laptop.steps import ROOT, Steps
from deploy.laptop.system_packages import CannotInstall

SYSTEM = [Path(name) for name in ("/usr", "/etc", "/bin", "/sbin", "/lib", "/lib64") if Path(name).is_dir()]


@pytest.fixture
def steps(tmp_path: Path) -> Steps:
    """Steps without output."""
    return Steps(tmp_path / "fresh.log", StringIO())


@pytest.fixture
def machine(open_folder: Path, steps: Steps) -> Iterator[Machine | None]:
    """A machine that shares this one's programs; None, with a stated reason, where it cannot be made."""
    if os.geteuid() != 0 or not can_isolate():
        with pytest.raises(fresh.CannotTry):
            fresh.require_means(steps)
        yield None
        return
    with Machine(open_folder, SYSTEM, {"PIP_INDEX": "lent"}) as machine:
        yield machine


def test_commands_read_the_shared_folders_and_cannot_write_them(machine: Machine | None, steps: Steps) -> None:
    if machine is None:
        return
    assert machine.run('test "$PIP_INDEX" = lent && test "$HOME" = /root', steps)
    assert machine.run("python3 -c 'import ssl' && test -w /dev/shm && test -c /dev/null", steps)
    assert not machine.run("touch /usr/written", steps)
    assert not machine.run("test -e /work || test -e /home", steps)
    assert "Read-only file system" in steps.log.read_text()


def test_its_processes_end_with_it_and_its_mounts_stay_inside(machine: Machine | None, steps: Steps) -> None:
    if machine is None:
        return
    assert machine.run("setsid sleep 987654 > /dev/null 2>&1 < /dev/null & sleep 0", steps)
    assert wait_until(lambda: bool(_running("sleep 987654")), 5)
    assert str(machine.root) not in Path("/proc/mounts").read_text()
    machine.shut_down()
    assert wait_until(lambda: not _running("sleep 987654"), 5)
    assert list((machine.root / "usr").iterdir()) == []


def test_a_machine_that_cannot_start_says_why(open_folder: Path) -> None:
    if os.geteuid() == 0:
        with pytest.raises(MachineNotStarted, match="nowhere"), Machine(open_folder, [Path("/nowhere")], {}):
            raise AssertionError


@pytest.mark.parametrize(
    ("lacking", "reason"),
    [
        ({"os.geteuid": lambda: 1000}, "needs root"),
        ({"missing_programs": lambda: ["unshare"]}, "missing: unshare"),
        ({"can_isolate": lambda: False}, "namespaces"),
        ({"shutil.which": lambda _: None}, "debootstrap is missing"),
    ],
)
def test_if_it_cannot_run_it_says_so_and_does_not_pass(
    lacking: dict[str, object], reason: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def cannot(*_: object) -> None:
        raise CannotInstall("apt-get install debootstrap")

    means = {"os.geteuid": lambda: 0, "missing_programs": list, "can_isolate": lambda: True}
    monkeypatch.setattr(fresh, "install_with_system", cannot)
    for name, answer in (means | lacking).items():
        if "." in name:
            monkeypatch.setattr(name, answer)
        else:
            monkeypatch.setattr(fresh, name, answer)
    assert fresh.main() == fresh.CANNOT
    shown = capsys.readouterr().err
    assert "NOT TRIED" in shown
    assert reason in shown


def test_a_failed_command_is_named_and_the_folder_removed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made: list[Path] = []

    def broken(root: Path, _: Steps) -> None:
        made.append(root)
        (root / "file").write_text("")
        raise fresh.CommandFailed("make run")

    monkeypatch.setattr(fresh, "require_means", lambda _: None)
    monkeypatch.setattr(fresh, "try_commands", broken)
    assert fresh.main() == fresh.FAILED
    assert "failed: make run" in capsys.readouterr().err
    assert not made[0].exists()


def test_only_the_package_configuration_is_shared() -> None:
    settings = {"PIP_INDEX_URL": "a", "https_proxy": "b", "SSL_CERT_FILE": "c", "npm_config_registry": "d"}
    others = {"FUMA_POSTGRES_DSN": "x", "AWS_SECRET_ACCESS_KEY": "x", "PYTHONPATH": "x", "PIPX": "x"}
    assert lending.lent_settings(settings | others) == settings


def test_sharing_follows_no_link_out_of_the_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ours, root = tmp_path / "ours", tmp_path / "root"
    ours.mkdir()
    (ours / "certificate").write_text("ours")
    (tmp_path / "precious").write_text("precious")
    target = root / ours.relative_to("/")
    target.mkdir(parents=True)
    (target / "certificate").symlink_to(tmp_path / "precious")
    monkeypatch.setattr(lending, "CONFIGURATION", (str(ours),))
    lending.lend_configuration(root)
    assert (target / "certificate").read_text() == "ours"
    assert (tmp_path / "precious").read_text() == "precious"


def test_folders_in_which_pip_looks_for_packages_are_shared_whole(tmp_path: Path) -> None:
    (tmp_path / "index" / "simple").mkdir(parents=True)
    (tmp_path / "wheels").mkdir()
    elsewhere = "https://host.example/"
    environment = {
        "PIP_EXTRA_INDEX_URL": f"file://{tmp_path}/index/simple {elsewhere}",
        "PIP_FIND_LINKS": f"{tmp_path}/wheels {tmp_path}/none",
    }
    folders = lending.package_folders(environment)
    assert {tmp_path / "index", tmp_path / "wheels"} <= set(folders)
    assert tmp_path / "none" not in folders


@pytest.mark.parametrize(
    ("test", "fresh_status", "expected", "log_tail"),
    [
        (0, 0, 0, "ran fresh"),
        (0, 1, 1, "ran fresh"),
        (0, fresh.CANNOT, 0, "make fresh was NOT RUN"),
        (1, 0, 1, "ran test"),
    ],
)
def test_ci_runs_both_and_never_passes_silently(
    test: int, fresh_status: int, expected: int, log_tail: str, tmp_path: Path
) -> None:
    python = tmp_path / "python3"
    python.write_text(f'#!/bin/sh\necho "ran $3"\n[ "$3" = test ] && exit {test}\nexit {fresh_status}\n')
    python.chmod(0o755)
    ran = subprocess.run(
        [str(ROOT / ".ci" / "run")],
        check=False,
        capture_output=True,
        text=True,
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
    )
    assert ran.returncode == expected
    assert log_tail in ran.stdout.splitlines()[-1]


def _running(words: str) -> list[Path]:
    """The processes of this machine with this command line."""
    wanted = words.replace(" ", "\0") + "\0"
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if path.read_text() == wanted:
                found.append(path)
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found
