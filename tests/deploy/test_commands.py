"""The commands: what they say when there is nothing to do, and what they refuse."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.__main__ import COMMANDS
from deploy.laptop import commands
from deploy.laptop.checks import checks
from deploy.laptop.stack.plan import ROOT


@pytest.fixture(autouse=True)
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clone in which nothing ever ran."""
    monkeypatch.setattr(commands, "FOLDER", tmp_path)


def deploy(*arguments: str) -> subprocess.CompletedProcess[str]:
    """`python3 -m deploy` with arguments that need nothing of the machine."""
    return subprocess.run(
        [sys.executable, "-m", "deploy", *arguments], check=False, cwd=ROOT, capture_output=True, text=True
    )


def test_without_a_command_all_are_listed() -> None:
    shown = deploy()
    assert shown.returncode == 0
    assert all(f"  {name} " in shown.stdout for name in COMMANDS)


def test_an_unknown_command_is_refused_with_the_known_ones() -> None:
    refused = deploy("fly")
    assert refused.returncode == 2
    assert "no such command: fly" in refused.stderr
    assert "  run " in refused.stderr


def test_every_command_that_is_listed_exists_and_has_a_make_target() -> None:
    assert list(COMMANDS) == list(commands.HANDLERS)
    (targets,) = (line for line in (ROOT / "Makefile").read_text().splitlines() if line.startswith(".PHONY"))
    assert set(targets.split()[1:]) == {"help", *COMMANDS}


@pytest.mark.parametrize("command", ["demo", "dead-letters"])
def test_what_needs_the_platform_says_how_to_start_it(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.main([command]) == commands.NOT_RUNNING
    assert "make run" in capsys.readouterr().err


def test_stopping_what_does_not_run_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.main(["stop"]) == 0
    assert "Not running" in capsys.readouterr().out


@pytest.mark.parametrize("replicas", ["coding", "coding=0", "cooking=2", "gateway=2"])
def test_replicas_of_something_that_has_none_are_refused(replicas: str) -> None:
    with pytest.raises(SystemExit):
        commands.main(["run", "--replicas", replicas])


def test_make_is_a_thin_alias() -> None:
    shown = subprocess.run(
        ["make", "-n", "--no-print-directory", "demo", "ARGS=--json"],
        check=True,
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={name: value for name, value in os.environ.items() if not name.startswith("MAKE")},
    ).stdout
    assert shown.split() == ["python3", "-m", "deploy", "demo", "--json"]


def test_every_check_is_installed() -> None:
    assert [Path(check[0]).exists() for check in checks()] == [True] * len(checks())


def test_the_entry_point_imports_the_standard_library_alone() -> None:
    words = "import deploy.__main__, deploy.laptop.environment, deploy.laptop.system_packages, deploy.laptop.steps"
    bare = [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); {words}"]
    assert subprocess.run(bare, check=False, cwd=ROOT).returncode == 0
