"""What must hold before the tests are worth running."""

import subprocess
import sys
from pathlib import Path

from deploy.laptop.stack.plan import ROOT

PACKAGES = ("services", "gateway", "shared", "deploy", "tests")
PROGRAMS = Path(sys.executable).parent


def checks() -> list[list[str]]:
    """The commands, cheapest first."""
    packages = [name for name in PACKAGES if any((ROOT / name).rglob("*.py"))]
    return [
        [str(PROGRAMS / "ruff"), "check", "--quiet", *packages],
        [str(PROGRAMS / "ruff"), "format", "--check", "--quiet", *packages],
        [str(PROGRAMS / "lint-imports"), "--no-cache"],
        [str(PROGRAMS / "mypy"), *packages],
    ]


def run_checks() -> list[str]:
    """Runs them all; the names of those that failed."""
    return [_name(check) for check in checks() if not _holds(check)]


def _holds(check: list[str]) -> bool:
    print(f"· {_name(check)}", flush=True)
    return subprocess.run(check, check=False, cwd=ROOT).returncode == 0


def _name(check: list[str]) -> str:
    return " ".join([Path(check[0]).name, *[part for part in check[1:2] if not part.startswith("-")]])
