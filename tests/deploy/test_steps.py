"""Steps: progress is shown, the output of tools is logged, and a failure shows the end of the log."""

import os
import sys
from io import StringIO
from pathlib import Path

import pytest

from deploy.laptop import steps as module
from deploy.laptop.stack.processes import wait_until
from deploy.laptop.steps import Steps, again

NOISE = [sys.executable, "-c", "print('WARNING: noise ' * 3)"]
FAILING = [sys.executable, "-c", "print('noise\\n' * 40 + 'the disk is full'); raise SystemExit(1)"]


@pytest.fixture
def screen() -> StringIO:
    """Where lines go without a terminal."""
    return StringIO()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """The log, in a folder that is not there yet."""
    return tmp_path / "log" / "set-up.log"


def test_the_output_of_tools_goes_to_the_log_only(log: Path, screen: StringIO) -> None:
    with Steps(log, screen) as steps:
        steps.begin("packages")
        assert steps.run(NOISE)
    assert screen.getvalue() == "· packages\n"
    assert "WARNING: noise" in log.read_text()


def test_a_failure_shows_how_the_log_of_its_step_ends(log: Path, screen: StringIO) -> None:
    with Steps(log, screen) as steps:
        steps.begin("first")
        steps.run(NOISE)
        steps.begin("second")
        assert not steps.run(FAILING)
        steps.fail()
    shown = screen.getvalue()
    assert "✗ second" in shown
    assert "the disk is full" in shown
    assert str(log) in shown
    assert "WARNING" not in shown
    assert shown.count("noise") < module.LINES_SHOWN


def test_an_error_inside_is_a_failure_of_the_running_step(log: Path, screen: StringIO) -> None:
    with pytest.raises(ValueError, match="broken"), Steps(log, screen) as steps:  # noqa: PT012 - as users write it
        steps.begin("first")
        raise ValueError("broken")
    assert "✗ first" in screen.getvalue()


def test_a_program_that_is_not_there_is_a_failure(log: Path, screen: StringIO) -> None:
    with Steps(log, screen) as steps:
        steps.begin("first")
        assert not steps.run(["/nowhere/apt-get"])
        steps.fail()
    assert "No such file" in screen.getvalue()


def test_without_a_terminal_a_long_step_says_that_it_goes_on(
    log: Path, screen: StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PLAIN_TICK_SECONDS", 0.01)
    with Steps(log, screen) as steps:
        steps.begin("long")
        assert wait_until(lambda: screen.getvalue().count("  … ") > 1, 10)


def test_on_a_terminal_one_line_shows_seconds_and_the_last_line_of_the_log(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TICK_SECONDS", 0.01)
    monkeypatch.setattr(module, "get_terminal_size", lambda: os.terminal_size((40, 20)))
    monkeypatch.setenv("TERM", "xterm")
    reading, writing = os.openpty()
    shown = ""

    def seen(text: str) -> bool:
        nonlocal shown
        shown += os.read(reading, 4096).decode(errors="replace")
        return text in shown

    with os.fdopen(writing, "w", encoding="utf-8") as terminal, Steps(log, terminal) as steps:
        steps.begin("安装 / installing")
        steps.run([sys.executable, "-c", "print('Collecting 一个名字很长很长很长很长很长的包')"])
        assert wait_until(lambda: seen("Collecting"), 10)
        assert "\n" not in shown
        assert "很长的包" not in shown
        steps.finish()
        assert wait_until(lambda: seen("✓ 安装 / installing  0 s"), 10)
    os.close(reading)


def test_the_suggested_command_is_the_one_that_was_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["deploy", "run", "--no-seed"])
    monkeypatch.delenv("MAKELEVEL", raising=False)
    assert again() == "python3 -m deploy run --no-seed"
    monkeypatch.setenv("MAKELEVEL", "1")
    assert again() == 'make run ARGS="--no-seed"'
