"""`python3 -m deploy run|stop|reset|status|test|demo|bench|dead-letters|secrets`: the way in."""

# Read by older Pythons too, which must get as far as the message: nothing newer than they know.
import os
import shutil
import sys

OLDEST = (3, 11)
NEWER_PYTHONS = ("python3.14", "python3.13", "python3.12", "python3.11")
# Commands that need servers or fonts of the system; the others get on with Python alone.
NEED_SYSTEM_PACKAGES = ("run", "test")


def main() -> None:
    """Makes sure of Python, environment and system packages, then hands over to the command."""
    if sys.version_info < OLDEST:
        _use_newer_python()
    from deploy.laptop.environment import PYTHON, NoEnvironment, ensure_environment
    from deploy.laptop.system_packages import CannotInstall, ensure_system_packages

    try:
        ensure_environment(_tell)
        if sys.argv[1:2] and sys.argv[1] in NEED_SYSTEM_PACKAGES:
            ensure_system_packages(_tell)
    except (NoEnvironment, CannotInstall) as problem:
        print(problem, file=sys.stderr)
        sys.exit(1)
    os.execv(PYTHON, [str(PYTHON), "-m", "deploy.laptop.commands", *sys.argv[1:]])  # noqa: S606


def _use_newer_python() -> None:
    for name in NEWER_PYTHONS:
        path = shutil.which(name)
        if path:
            os.execv(path, [path, "-m", "deploy"] + sys.argv[1:])  # noqa: RUF005, S606
    sys.exit("需要 Python 3.11 或更新 / Python 3.11 or newer is needed: sudo apt-get install -y python3.11")


def _tell(line: str) -> None:
    print("· " + line, flush=True)


if __name__ == "__main__":
    main()
