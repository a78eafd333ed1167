"""Forbidden actions that a compromised worker attempts; each returns its result."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path


def _tried(deed: Callable[[], object]) -> str:
    try:
        return f"done: {deed()!r}"[:200]
    except OSError as refused:
        return f"refused: {type(refused).__name__}"


def read(path: str) -> str:
    return _tried(lambda: Path(path).read_bytes()[:20])


def list_folder(path: str) -> str:
    return _tried(lambda: list(Path(path).iterdir()))


def read_service_environment() -> str:
    return read(f"/proc/{os.getppid()}/environ")


def write(path: str) -> str:
    return _tried(lambda: Path(path).write_bytes(b"x"))


def write_temporary() -> str:
    return write(f"{os.environ.get('TMPDIR', '/tmp')}/intrusion-{os.getpid()}")


def remove(path: str) -> str:
    return _tried(lambda: Path(path).unlink())


def link(path: str, name: str) -> str:
    return _tried(lambda: os.link(path, name))


def open_tcp_socket() -> str:
    return _tried(lambda: socket.socket(socket.AF_INET))


def open_unix_socket() -> str:
    return _tried(lambda: socket.socket(socket.AF_UNIX))


def make_socket_pair() -> str:
    return _tried(socket.socketpair)


def execute() -> str:
    return _tried(lambda: subprocess.run([sys.executable, "-c", ""], check=True, timeout=20))


def replace_itself() -> str:
    return _tried(lambda: os.execv(sys.executable, [sys.executable, "-c", ""]))


def fork() -> str:
    def fork() -> None:
        if (child := os.fork()) == 0:
            os._exit(0)
        os.waitpid(child, 0)

    return _tried(fork)


def signal_service() -> str:
    return _tried(lambda: os.kill(os.getppid(), 0))


def stop_another(pid: int) -> str:
    return _tried(lambda: os.kill(pid, signal.SIGCONT))


def trace_service() -> str:
    """PTRACE_SEIZE, which does not stop it."""
    return _tried(lambda: _call("ptrace", 0x4206, os.getppid(), 0, 0))


def change_limits_of_service() -> str:
    import resource

    def change() -> None:
        resource.prlimit(
            os.getppid(), resource.RLIMIT_NOFILE, resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE)
        )

    return _tried(change)


def make_memory_file() -> str:
    return _tried(lambda: os.memfd_create("x"))


def become_root() -> str:
    return _tried(lambda: os.setuid(0))


def leave_user_namespace() -> str:
    return _tried(lambda: _call("unshare", 0x10000000))


def _call(name: str, *arguments: int) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    result = int(getattr(libc, name)(*(ctypes.c_ulong(one) for one in arguments)))
    if result < 0:
        raise OSError(ctypes.get_errno(), name)
    return result
