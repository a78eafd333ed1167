"""The Python environment: created once, created again only when the requirements change."""

import shutil
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest

from deploy.laptop import environment
from deploy.laptop.steps import ROOT, Steps


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone with its requirements and without an environment."""
    folder = tmp_path / "clone"
    folder.mkdir()
    for name in ("requirements.txt", "requirements-dev.txt"):
        (folder / name).write_text("")
    (folder / "fonts.py").write_text("open('fonts-made', 'a').write('.')")
    monkeypatch.setattr(environment, "FONTS", "fonts")
    point_to(folder, monkeypatch)
    return folder


def point_to(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the module look after a clone."""
    monkeypatch.setattr(environment, "ROOT", clone)
    monkeypatch.setattr(environment, "REQUIREMENTS", (clone / "requirements.txt", clone / "requirements-dev.txt"))
    monkeypatch.setattr(environment, "ENVIRONMENT", clone / ".venv")
    monkeypatch.setattr(environment, "PYTHON", clone / ".venv" / "bin" / "python")
    monkeypatch.setattr(environment, "STAMP", clone / ".venv" / "stamp")


def ensure() -> list[str]:
    """Ensures the environment; returns the steps that the user saw."""
    screen = StringIO()
    with Steps(environment.REQUIREMENTS[0].with_name("set-up.log"), screen) as steps:
        try:
            environment.ensure_environment(steps)
        finally:
            steps.fail()
            sys.stderr.write(screen.getvalue())
    return [line for line in screen.getvalue().splitlines() if line.startswith("·")]


def test_the_second_start_has_nothing_to_do(clone: Path) -> None:
    assert len(ensure()) == 3
    assert ensure() == []
    (clone / "requirements.txt").write_text("# changed")
    assert len(ensure()) == 2


def test_a_broken_environment_is_made_again(clone: Path) -> None:
    ensure()
    (clone / ".venv" / "bin" / "python").unlink()
    (clone / ".venv" / "bin" / "python").symlink_to(clone / "moved-away")
    assert len(ensure()) == 3
    assert subprocess.run([str(clone / ".venv" / "bin" / "python"), "-c", ""], check=False).returncode == 0


def test_without_ensurepip_the_interpreters_own_pip_installs(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "_with_ensurepip", lambda _: False)
    ensure()
    assert not list((clone / ".venv").rglob("site-packages/pip"))
    assert ensure() == []


def test_a_failed_installation_is_tried_again_next_time(clone: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (clone / "requirements-dev.txt").write_text("not a requirement !!")
    with pytest.raises(environment.NoEnvironment):
        ensure()
    (clone / "requirements-dev.txt").write_text("")
    assert len(ensure()) == 3
    assert "not a requirement" in capfd.readouterr().err


def test_the_fonts_are_made_with_the_environment_and_again_after_a_failure(clone: Path) -> None:
    (clone / "fonts.py").write_text("raise SystemExit(1)")
    with pytest.raises(environment.NoEnvironment, match="fonts failed"):
        ensure()
    (clone / "fonts.py").write_text("open('fonts-made', 'a').write('.')")
    ensure()
    ensure()
    assert (clone / "fonts-made").read_text() == "."


def test_where_the_folder_cannot_be_made_no_system_package_is_tried(
    clone: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tried: list[object] = []
    monkeypatch.setattr(environment, "install_with_system", lambda *packages: tried.append(packages))
    monkeypatch.setattr(environment, "ENVIRONMENT", Path("/dev/null/environment"))
    with pytest.raises(environment.NoEnvironment, match="cannot be made"):
        ensure()
    assert tried == []
    assert "/dev/null/environment" in capsys.readouterr().err


def test_a_link_to_another_environment_is_replaced_and_the_other_left_alone(clone: Path) -> None:
    other = clone.with_name("other")
    (other / "bin").mkdir(parents=True)
    (other / "bin" / "python").symlink_to(sys.executable)
    (clone / ".venv").symlink_to(other)
    ensure()
    assert not (clone / ".venv").is_symlink()
    assert [path.name for path in other.rglob("*")] == ["bin", "python"]


def test_an_environment_that_was_moved_with_its_clone_is_made_again(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ensure()
    moved = clone.with_name("moved")
    clone.rename(moved)
    point_to(moved, monkeypatch)
    assert len(ensure()) == 3
    # Programs of an environment begin with its interpreter's path.
    assert (moved / ".venv" / "bin" / "pip").read_text().startswith(f"#!{moved}/.venv/bin/")


def test_the_remains_of_a_failed_installation_are_not_used_as_the_environment(clone: Path) -> None:
    ensure()
    (clone / "requirements-dev.txt").write_text("not a requirement !!")
    with pytest.raises(environment.NoEnvironment):
        ensure()
    (clone / "requirements-dev.txt").write_text("")
    assert len(ensure()) == 3


@pytest.mark.parametrize("kind", ["--symlinks", "--copies"])
def test_the_interpreter_of_a_stale_environment_hands_over_before_that_is_removed(
    tmp_path: Path, kind: str
) -> None:
    shutil.copytree(ROOT / "deploy", tmp_path / "deploy", ignore=shutil.ignore_patterns("__pycache__", "stack"))
    (tmp_path / "deploy" / "laptop" / "commands.py").write_text("import sys\nprint('runs in', sys.prefix)")
    fonts = tmp_path / "shared" / "pdf"
    fonts.mkdir(parents=True)
    (fonts / "font_files.py").write_text("")
    for name in ("requirements.txt", "requirements-dev.txt"):
        (tmp_path / name).write_text("")
    stale = tmp_path / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", kind, str(stale)], check=True)
    (stale / "stale").write_text("")
    started = subprocess.run(
        [str(stale / "bin" / "python"), "-m", "deploy", "status"],
        check=False,
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert f"runs in {stale}" in started.stdout, started.stderr
    assert not (stale / "stale").exists()


def test_where_the_environments_own_interpreter_is_the_only_one_it_is_not_removed(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "prefix", str(clone / ".venv"))
    monkeypatch.setattr(sys, "executable", str(clone / ".venv" / "bin" / "python"))
    monkeypatch.setattr(sys, "_base_executable", str(clone / ".venv" / "bin" / "python"))
    with pytest.raises(environment.NoEnvironment, match="python3 -m deploy"):
        environment.python_outside()
