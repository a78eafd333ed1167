"""The Python environment: made once, made again only when the requirements change."""

import subprocess
from pathlib import Path

import pytest

from deploy import environment


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone with requirements of its own and no environment yet."""
    requirements = (tmp_path / "requirements.txt", tmp_path / "requirements-dev.txt")
    for path in requirements:
        path.write_text("")
    (tmp_path / "fonts.py").write_text("open('fonts-made', 'a').write('.')")
    monkeypatch.setattr(environment, "FONTS", "fonts")
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    monkeypatch.setattr(environment, "REQUIREMENTS", requirements)
    monkeypatch.setattr(environment, "ENVIRONMENT", tmp_path / ".venv")
    monkeypatch.setattr(environment, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    monkeypatch.setattr(environment, "STAMP", tmp_path / ".venv" / "stamp")
    return tmp_path


def ensure() -> list[str]:
    """Makes sure of the environment; what the user was told."""
    told: list[str] = []
    environment.ensure_environment(told.append)
    return told


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
    monkeypatch.setattr(environment, "_with_ensurepip", lambda: False)
    ensure()
    assert not list((clone / ".venv").rglob("site-packages/pip"))
    assert ensure() == []


def test_where_no_way_works_the_message_names_the_command(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for way in ("_with_ensurepip", "_with_own_pip", "_with_uv", "_with_system_package"):
        monkeypatch.setattr(environment, way, lambda: False)
    with pytest.raises(environment.NoEnvironment, match="apt-get install -y python3"):
        ensure()


def test_a_failed_installation_is_tried_again_next_time(clone: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (clone / "requirements-dev.txt").write_text("not a requirement !!")
    with pytest.raises(environment.NoEnvironment):
        ensure()
    (clone / "requirements-dev.txt").write_text("")
    assert len(ensure()) == 2
    assert "not a requirement" in capfd.readouterr().err


def test_the_fonts_are_made_with_the_environment_and_again_after_a_failure(clone: Path) -> None:
    (clone / "fonts.py").write_text("raise SystemExit(1)")
    with pytest.raises(environment.NoEnvironment, match="fonts failed"):
        ensure()
    (clone / "fonts.py").write_text("open('fonts-made', 'a').write('.')")
    ensure()
    ensure()
    assert (clone / "fonts-made").read_text() == "."
