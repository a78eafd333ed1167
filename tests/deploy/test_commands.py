"""The commands: what they say when there is nothing to do, and what they refuse."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.laptop import commands
from deploy.laptop.checks import checks
from deploy.laptop.stack.plan import ROOT


@pytest.fixture(autouse=True)
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clone in which nothing ever ran."""
    monkeypatch.setattr(commands, "FOLDER", tmp_path)


def test_an_unknown_command_lists_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.main(["fly"]) == 2
    assert "run|stop|reset" in capsys.readouterr().err


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


@pytest.mark.skipif(shutil.which("make") is None, reason="a machine without make")
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


def test_the_way_in_needs_nothing_but_the_standard_library() -> None:
    words = "import deploy.__main__, deploy.laptop.environment, deploy.laptop.system_packages"
    bare = [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); {words}"]
    assert subprocess.run(bare, check=False, cwd=ROOT).returncode == 0
