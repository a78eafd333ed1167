"""What must hold before the tests are worth running."""

import sys
from pathlib import Path

from deploy.laptop.stack.plan import ROOT
from deploy.laptop.steps import Steps

PACKAGES = ("services", "gateway", "shared", "deploy", "tests")
# What a check found is to be seen whole, also where nobody can open the log.
LINES_SHOWN = 500
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


def run_checks(steps: Steps) -> list[str]:
    """Runs them all; the names of those that failed, whose output ends up on the screen."""
    return [_name(check) for check in checks() if not _holds(check, steps)]


def _holds(check: list[str], steps: Steps) -> bool:
    steps.begin(_name(check))
    holds = steps.run(check)
    if not holds:
        steps.fail(LINES_SHOWN)
    return holds


def _name(check: list[str]) -> str:
    return " ".join([Path(check[0]).name, *[part for part in check[1:2] if not part.startswith("-")]])
