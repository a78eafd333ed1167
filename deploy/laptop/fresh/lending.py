"""How packages are reached from this machine: its settings for apt, pip and npm, lent to a minimal one."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

HOME = Path.home()
# Settings only: the machine shall lack every package that this one has.
CONFIGURATION = (
    *("/etc/resolv.conf", "/etc/hosts", "/etc/ssl/certs", "/usr/local/share/ca-certificates"),
    *("/etc/apt/sources.list", "/etc/apt/sources.list.d", "/etc/apt/apt.conf.d", "/etc/apt/auth.conf.d"),
    *("/etc/apt/preferences.d", "/etc/apt/keyrings", "/etc/apt/trusted.gpg.d", "/usr/share/keyrings"),
    *("/etc/pip.conf", "/etc/xdg/pip", str(HOME / ".config/pip"), str(HOME / ".pip")),
    *("/etc/npmrc", str(HOME / ".npmrc")),
)
SETTINGS = re.compile(
    r"(PIP|UV|NPM_CONFIG)_\w+|(HTTPS?|ALL|NO)_PROXY|(SSL_CERT|REQUESTS_CA|CURL_CA|NODE_EXTRA_CA)_\w+",
    re.IGNORECASE,
)
_PATH = re.compile(r"(?<![\w:/])(?:file://)?(/[\w.+-]+(?:/[\w.+-]+)*)")


def lent_settings(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment variables that say how packages are reached."""
    return {name: value for name, value in environment.items() if SETTINGS.fullmatch(name)}


def lend_configuration(root: Path) -> None:
    """Copies the settings of this machine into the folder of another."""
    for name in CONFIGURATION:
        source, target = Path(name), root / inside(Path(name)).relative_to("/")
        # A link that is there already may lead out of the folder: it is removed, never followed.
        if source.is_dir():
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(source, target, ignore_dangling_symlinks=True)
        elif source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
            shutil.copy(source, target)


def inside(path: Path) -> Path:
    """Where a file of this account's home belongs in a machine whose only account is root."""
    return Path("/root") / path.relative_to(HOME) if path.is_relative_to(HOME) else path


def package_folders(environment: Mapping[str, str] = os.environ) -> list[Path]:
    """The folders of this machine in which pip is told to look for packages."""
    configured = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], check=False, capture_output=True, text=True
    ).stdout
    texts = [configured, *(value for name, value in environment.items() if name.upper().startswith("PIP_"))]
    named = {Path(found) for text in texts for found in _PATH.findall(text)}
    folders = {_store(path) for path in named if path.is_dir()}
    return sorted(path for path in folders if not folders & set(path.parents))


def debian_archive() -> tuple[str, str | None]:
    """The code name of this Debian, and the address that its apt gets the main component from."""
    release = dict(line.split("=", 1) for line in Path("/etc/os-release").read_text().splitlines() if "=" in line)
    codename = release.get("VERSION_CODENAME", "stable").strip('"')
    return codename, next(_archives(codename), None)


def _archives(codename: str) -> Iterator[str]:
    listed = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(RELEASE) $(COMPONENT) $(REPO_URI)", "Created-By: Packages"],
        check=False,
        capture_output=True,
        text=True,
    ).stdout
    for line in listed.splitlines():
        release, component, address = line.split(" ", 2)
        if (release, component) == (codename, "main"):
            yield address.rstrip("/")


def _store(path: Path) -> Path:
    """The folder that holds an index and, beside it, what the index points to."""
    while path.name == "simple":
        path = path.parent
    return path
