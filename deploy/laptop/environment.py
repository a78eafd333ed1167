"""The Python environment of a clone: made from the pinned requirements, with nothing but the standard library."""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

from deploy.laptop.steps import ROOT, Steps, again
from deploy.laptop.system_packages import CannotInstall, install_with_system

ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
REQUIREMENTS = (ROOT / "requirements.txt", ROOT / "requirements-dev.txt")
STAMP = ENVIRONMENT / "fuma-requirements.sha256"
# Makes, inside the environment, what letters are set in.
FONTS = "shared.pdf.font_files"


class NoEnvironment(RuntimeError):
    """The environment cannot be made; the message names the command that helps."""


def python_outside() -> str | None:
    """The interpreter that the environment was made from, where this one is the environment's; else None.

    Raises NoEnvironment where there is no such interpreter any more.
    """
    if os.path.realpath(sys.prefix) != os.path.realpath(ENVIRONMENT):
        return None
    # A link leads to it; a copy knows it.
    for base in (Path(sys.executable).resolve(), Path(getattr(sys, "_base_executable", sys.executable))):
        if base.exists() and base.parent.resolve() != PYTHON.parent.resolve():
            return str(base)
    raise NoEnvironment(f"请用系统的 Python 启动 / Start it with the system's Python:\n    {again()}")


def ensure_environment(steps: Steps) -> None:
    """Makes the environment, or brings it up to date when the requirements have changed."""
    wanted = _stamp()
    stamped = STAMP.read_text() if STAMP.exists() else ""
    if PYTHON.exists() and stamped == wanted:
        return
    if not (_works() and stamped.endswith(_place())):
        steps.begin("Python 环境 / environment")
        make_environment(steps)
    # An installation that fails half-way leaves neither the former environment nor the new one.
    STAMP.unlink(missing_ok=True)
    steps.begin("Python 依赖,约一分钟 / packages, a minute")
    _install_requirements(steps)
    steps.begin("字体 / fonts")
    _make_fonts(steps)
    steps.finish()
    STAMP.write_text(wanted)


def fingerprint() -> str:
    """What the environment was made from: requirements and interpreter."""
    digest = hashlib.sha256(sys.version.encode())
    for path in REQUIREMENTS:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def make_environment(steps: Steps) -> None:
    """Makes an empty environment in the first way that this machine allows."""
    _remove_environment()
    for way in (_with_ensurepip, _with_own_pip, _with_uv, _with_system_package):
        if way(steps):
            return
    if _lacks("ensurepip"):
        raise NoEnvironment(
            "这个 Python 没有 venv / This Python lacks venv:\n"
            f"    sudo apt-get install -y {venv_package()}\n    {again()}"
        )
    raise NoEnvironment(f"环境无法建立,原因见上 / The environment cannot be made, see above; then:\n    {again()}")


def venv_package() -> str:
    """Debian's name of the package that completes this Python's venv."""
    if os.path.realpath(sys.executable) == os.path.realpath("/usr/bin/python3"):
        return "python3-venv"
    return f"python{sys.version_info.major}.{sys.version_info.minor}-venv"


def _stamp() -> str:
    """What the environment was made from, and where: its programs know their interpreter by its path."""
    return fingerprint() + _place()


def _place() -> str:
    return f"\n{ENVIRONMENT}\n"


def _remove_environment() -> None:
    """Removes what was there; of a link, the link alone."""
    if ENVIRONMENT.is_symlink():
        ENVIRONMENT.unlink()
    shutil.rmtree(ENVIRONMENT, ignore_errors=True)


def _lacks(module: str) -> bool:
    return importlib.util.find_spec(module) is None


def _works() -> bool:
    """Whether there is an environment whose interpreter runs."""
    if not PYTHON.exists():
        return False
    return _succeeds([str(PYTHON), "-c", "import sys; sys.exit(sys.version_info < (3, 11))"])


def _with_ensurepip(steps: Steps) -> bool:
    if _lacks("ensurepip"):
        return False
    return steps.run([sys.executable, "-m", "venv", str(ENVIRONMENT)])


def _with_own_pip(steps: Steps) -> bool:
    """An environment without pip of its own: the interpreter's pip installs into it."""
    if _lacks("pip") or _lacks("venv"):
        return False
    return steps.run([sys.executable, "-m", "venv", "--without-pip", str(ENVIRONMENT)])


def _with_uv(steps: Steps) -> bool:
    uv = shutil.which("uv")
    return uv is not None and steps.run([uv, "venv", "--seed", "--python", sys.executable, str(ENVIRONMENT)])


def _with_system_package(steps: Steps) -> bool:
    if not _lacks("ensurepip"):
        return False
    try:
        install_with_system([venv_package()], [], steps)
    except CannotInstall:
        return False
    importlib.invalidate_caches()
    return steps.run([sys.executable, "-m", "venv", str(ENVIRONMENT)])


def _install_requirements(steps: Steps) -> None:
    own_pip = _succeeds([str(PYTHON), "-m", "pip", "--version"])
    # An interpreter's pip can install into another environment; it must then be told which one.
    pip = [str(PYTHON), "-m", "pip"] if own_pip else [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    options = ["--require-hashes", "--disable-pip-version-check", "--no-input", "--progress-bar=off"]
    if not steps.run([*pip, "install", *options, "-r", str(REQUIREMENTS[1])], cwd=ROOT):
        raise NoEnvironment(
            "依赖安装失败,原因见上;网络恢复后重试 / Installing the packages failed, see above; once the network is"
            f" back:\n    {again()}"
        )


def _make_fonts(steps: Steps) -> None:
    if not steps.run([str(PYTHON), "-m", FONTS], cwd=ROOT):
        raise NoEnvironment(f"字体制作失败,原因见上 / Making the fonts failed, see above; again:\n    {again()}")


def _succeeds(command: list[str]) -> bool:
    try:
        return subprocess.run(command, check=False, capture_output=True).returncode == 0
    except OSError:
        return False
