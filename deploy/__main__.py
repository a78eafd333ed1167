"""`python3 -m deploy COMMAND`, or `make COMMAND`: makes sure of what a command needs, then hands over to it."""

# Read by older Pythons too, which must get as far as the message: nothing newer than they know.
import os
import shutil
import subprocess
import sys

COMMANDS = {
    "run": "启动平台 / start the platform",
    "stop": "停止,保留数据 / stop it, keep the data",
    "reset": "停止并清空数据 / stop it and remove its data",
    "status": "各部分状态 / the state of each part",
    "demo": "演示主流程 / play the main journey",
    "dead-letters": "未能处理的消息 / messages that could not be handled",
    "catch-up": "补发省级事件 / send a province its events again",
    "bench": "性能测量,约十分钟 / measure, ten minutes",
    "drill": "故障演练,约十分钟 / kill and freeze parts under load, ten minutes",
    "test": "检查与测试 / checks and tests",
    "fresh": "在最小的 Debian 中试用 / try it on a minimal Debian",
    "secrets": "容器所用密钥 / the secrets that containers are given",
}
OLDEST = (3, 11)
IS_NEW_ENOUGH = "import sys; sys.exit(sys.version_info < (3, 11))"
NEWER_PYTHONS = ("python3.14", "python3.13", "python3.12", "python3.11")
# Commands that start a broker; the others get on with Python alone.
NEED_SYSTEM_PACKAGES = ("run", "test", "bench", "drill")
INTERRUPTED = 130


def main() -> None:
    """Makes sure of Python, environment and system packages, then hands over to the command."""
    if sys.argv[1:2] in ([], ["help"], ["-h"], ["--help"]):
        print(usage())
        sys.exit(0)
    if sys.argv[1] not in COMMANDS:
        print(f"没有此命令 / no such command: {sys.argv[1]}\n{usage()}", file=sys.stderr)
        sys.exit(2)
    if sys.version_info < OLDEST:
        path = newer_python()
        if path is None:
            sys.exit(
                "需要 Python 3.11 或更新 / Python 3.11 or newer is needed: sudo apt-get install -y python3.11"
            )
        hand_over(path, "deploy")
    hand_over(prepared_python(), "deploy.laptop.commands")


def prepared_python() -> str:
    """Makes sure of environment and system packages; returns the interpreter that the command runs on."""
    from deploy.laptop.environment import PYTHON, NoEnvironment, ensure_environment, python_outside
    from deploy.laptop.steps import Steps
    from deploy.laptop.system_packages import CannotInstall, ensure_system_packages

    try:
        # An environment that is made again would take away the interpreter that makes it.
        outside = python_outside()
        if outside is not None:
            hand_over(outside, "deploy")
        with Steps() as steps:
            ensure_environment(steps)
            if sys.argv[1] in NEED_SYSTEM_PACKAGES:
                ensure_system_packages(steps)
    except (NoEnvironment, CannotInstall) as problem:
        print(problem, file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    return str(PYTHON)


def hand_over(python: str, module: str) -> None:
    """Replaces this process by a module on an interpreter, with the same arguments."""
    os.execv(python, [python, "-m", module] + sys.argv[1:])  # noqa: RUF005, S606


def usage() -> str:
    """What can be asked for."""
    lines = [f"  {name:14}{text}" for name, text in COMMANDS.items()]
    return "\n".join(["make COMMAND, python3 -m deploy COMMAND", *lines])


def newer_python() -> "str | None":
    """The path of an installed Python that is new enough, else None."""
    for name in NEWER_PYTHONS:
        path = shutil.which(name)
        # A version manager leaves commands for Pythons that are not installed: only running one tells.
        if path and subprocess.call([path, "-c", IS_NEW_ENOUGH], stderr=subprocess.DEVNULL) == 0:
            return path
    return None


if __name__ == "__main__":
    main()
