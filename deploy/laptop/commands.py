"""The commands behind `python3 -m deploy`, inside the environment."""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from deploy.images.container_secrets import make_container_secrets
from deploy.laptop.stack.plan import ROOT, Plan
from deploy.laptop.stack.platform import NotStarted, Platform
from deploy.laptop.steps import Steps, again
from deploy.laptop.testing import run_tests
from deploy.settings_table import SERVICES

FOLDER = ROOT / ".local"
NOT_RUNNING = 3


def main(arguments: Sequence[str]) -> int:
    """Runs one command; its exit status."""
    return HANDLERS[arguments[0]](list(arguments[1:]))


def run(arguments: list[str]) -> int:
    """Starts the platform, or says that it runs already."""
    options = _run_options(arguments)
    platform = Platform(FOLDER, Plan.from_environment(dict(options.replicas)))
    if platform.running:
        print("已在运行 / Already running")
        _print_address(platform)
        return 0
    try:
        with Steps() as steps:
            platform.start(steps.begin)
            if options.seed and not platform.layout.seeded.exists():
                _seed(platform, steps)
    except NotStarted as problem:
        print(f"{problem}\n启动失败,日志在 / Not started, logs are in: {platform.layout.logs}", file=sys.stderr)
        print(f"    {again()}", file=sys.stderr)
        return 1
    _print_address(platform)
    return 0


def stop(_: list[str]) -> int:
    """Stops the platform and keeps its data."""
    with Steps() as steps:
        steps.begin("停止 / stopping")
        stopped = _platform().stop()
    print("已停止 / Stopped" if stopped else "没有在运行 / Not running")
    return 0


def reset(_: list[str]) -> int:
    """Stops the platform and removes its data."""
    with Steps() as steps:
        steps.begin("停止并清空 / stopping and removing the data")
        _platform().reset()
    print("已清空 / Emptied")
    return 0


def status(_: list[str]) -> int:
    """Shows each part; exit status 3 unless all are ready and their events flow."""
    states = _platform().states()
    for part, state in states.items():
        word = ("ready" if state["messaging"] else "NO EVENTS") if state["ready"] else "NOT READY"
        print(f"{part:14} {word:10} pid {state['pid']:<8} port {state['port']:<6} restarts {state['restarts']}")
    if not states:
        print("没有在运行 / Not running")
    well = all(state["ready"] and state["messaging"] for state in states.values())
    return 0 if states and well else NOT_RUNNING


def demo(arguments: list[str]) -> int:
    """Plays the journey against the running platform."""
    platform = _platform()
    if not platform.running:
        return _say_not_running()
    return _module("deploy.laptop.demo", ["--platform", str(platform.layout.description), *arguments])


def bench(arguments: list[str]) -> int:
    """Measures, beside the bare libraries."""
    return _module("deploy.laptop.bench", arguments)


def drill(arguments: list[str]) -> int:
    """Kills and freezes parts of a platform of its own under load, then counts everything."""
    return _module("deploy.laptop.drill", arguments)


def dead_letters(arguments: list[str]) -> int:
    """Lists what could not be handled; with arguments shows it, hands it back or removes it."""
    platform = _platform()
    if not platform.running:
        return _say_not_running()
    broker = platform.describe()["rabbitmq"]
    settings = {"FUMA_RABBITMQ_URL": broker["url"], "FUMA_RABBITMQ_MANAGEMENT_URL": broker["management"]}
    return _module("shared.messaging", ["dead", *(arguments or ["list"])], settings)


def catch_up(arguments: list[str]) -> int:
    """Sends a province its events again, from the feed."""
    platform = _platform()
    if not platform.running:
        return _say_not_running()
    known = platform.describe()
    settings = {"FUMA_RABBITMQ_URL": known["rabbitmq"]["url"], "FUMA_POSTGRES_DSN": known["postgres"]["superuser"]}
    return _module("gateway.feed", ["catch-up", *arguments], settings)


def fresh(arguments: list[str]) -> int:
    """Tries the README's commands on a minimal Debian that has nothing."""
    return _module("deploy.laptop.fresh", arguments)


def secrets(arguments: list[str]) -> int:
    """Makes the secrets that containers are given, in a folder."""
    folder = Path(arguments[0]) if arguments else FOLDER / "compose"
    make_container_secrets(folder)
    print(folder)
    return 0


def _run_options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 -m deploy run", description=run.__doc__)
    parser.add_argument("--replicas", action="append", default=[], type=_replicas, metavar="SERVICE=N")
    parser.add_argument("--no-seed", dest="seed", action="store_false", help="no sample data")
    return parser.parse_args(arguments)


def _replicas(text: str) -> tuple[str, int]:
    process, _, number = text.partition("=")
    if process not in SERVICES or not number.isdigit() or int(number) < 1:
        raise argparse.ArgumentTypeError(f"{text}: SERVICE=N, SERVICE one of {', '.join(SERVICES)}")
    return process, int(number)


def _platform() -> Platform:
    return Platform(FOLDER)


def _seed(platform: Platform, steps: Steps) -> None:
    """Plays the sample data in, once; a platform without them is still a platform."""
    steps.begin("示例数据 / sample data")
    arguments = ["--seed", "--platform", str(platform.layout.description)]
    if steps.run([sys.executable, "-m", "deploy.laptop.demo", *arguments]):
        platform.layout.seeded.touch()
        return
    steps.fail()
    print("示例数据未完成,平台可用 / Sample data not complete; the platform works", file=sys.stderr)


def _print_address(platform: Platform) -> None:
    described = platform.describe()
    print(f"\n  {described['gateway']}\n")
    accounts = described["accounts"]
    width = max((len(account["username"]) for account in accounts), default=0)
    for account in accounts:
        place = " ".join(str(account[key]) for key in ("role", "region", "unit") if account.get(key))
        print(f"  {account['username']:{width}}  {account['password']}  {place}")
    print(f"\n  {platform.layout.description}")


def _say_not_running() -> int:
    print("平台没有在运行,请先运行 / The platform is not running, first run: make run", file=sys.stderr)
    return NOT_RUNNING


def _module(module: str, arguments: Sequence[str], settings: Mapping[str, str] | None = None) -> int:
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(command, check=False, cwd=ROOT, env=os.environ | dict(settings or {})).returncode


HANDLERS: dict[str, Callable[[list[str]], int]] = {
    "run": run,
    "stop": stop,
    "reset": reset,
    "status": status,
    "demo": demo,
    "dead-letters": dead_letters,
    "catch-up": catch_up,
    "bench": bench,
    "drill": drill,
    "test": run_tests,
    "fresh": fresh,
    "secrets": secrets,
}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
