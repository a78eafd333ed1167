"""A worker gives up its rights before it reads a hostile file, layer by layer, and tries what it can still do.

The layers overlap: each kernel and container offers some of them, and what one lets through another refuses. What
counts is the attempt: `confine` reports every layer with what became of it, and every ability that remained.
"""

import os
import resource
import site
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from shared.workers import kernel, seccomp
from shared.workers.code import FILES_VARIABLE

_FIRST_UID, _UIDS = 61184, 4336  # the range in which no distribution gives numbers to users that exist
_OPEN_FILES = 64
_SYSTEM_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache")
_SYSTEM_DATA = ("/usr/share/zoneinfo", "/dev/null", "/dev/urandom", "/proc/self/fd")
APPLIED = "applied"


@dataclass(frozen=True, slots=True)
class Confinement:
    """How far a worker is confined: each layer as `applied` or why not, and what it can do all the same."""

    layers: dict[str, str]
    remaining: tuple[str, ...]


def confine() -> Confinement:
    """Gives up this process's rights for good; what it is to read later, it has open or finds in its libraries."""
    layers = {name: _applied(layer) for name, layer in _LAYERS.items()}
    return Confinement(layers, tuple(name for name, attempt in _ATTEMPTS.items() if _succeeds(attempt)))


def readable_paths() -> list[Path]:
    """Python, its libraries, those of the system, this project's code, and the files that the pool names."""
    python = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    code = (str(Path(__file__).parents[2] / name) for name in ("services", "shared"))
    files = filter(None, os.environ.get(FILES_VARIABLE, "").split(os.pathsep))
    named = {*python, *site.getsitepackages(), *code, *files, *_SYSTEM_LIBRARIES, *_SYSTEM_DATA}
    return [path for path in map(Path, sorted(named)) if path.exists()]


def _applied(layer: Callable[[], str]) -> str:
    if sys.platform != "linux":
        return "not on Linux"
    try:
        return layer()
    except OSError as problem:
        return f"not available: {problem.strerror}"


def _limit_resources() -> str:
    """No file can grow, no core is left, few files are open at once."""
    for limit, most in (
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
    ):
        resource.setrlimit(limit, (most, most))
    kernel.forbid_new_privileges()
    return APPLIED


def _become_nobody() -> str:
    """A user of its own, who owns nothing and may signal nobody; only root can become one."""
    if os.geteuid() != 0:
        return "not available: the service is not root"
    if closed := next((path for path in _modules() if not _open_to_all(path)), None):
        return f"not available: nobody but root may read {closed}"
    user = _FIRST_UID + os.getpid() % _UIDS
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    return APPLIED


def _modules() -> Sequence[Path]:
    return [Path(path).resolve() for path in (sysconfig.get_path("stdlib"), sysconfig.get_path("purelib"))]


def _open_to_all(path: Path) -> bool:
    return all(part.stat().st_mode & 0o001 for part in (path, *path.parents))


def _leave_namespaces() -> str:
    try:
        kernel.leave_namespaces(with_user=False)
    except OSError:
        kernel.leave_namespaces(with_user=True)
    return APPLIED


def _drop_capabilities() -> str:
    kernel.drop_capabilities()
    # Both are undone by a change of user, which comes before.
    kernel.die_with_parent()
    kernel.hide_memory()
    return APPLIED


def _restrict_files() -> str:
    version = kernel.restrict_files(readable_paths())
    return f"{APPLIED}, edition {version}"


def _filter_calls() -> str:
    try:
        program = seccomp.filter_program()
    except KeyError as machine:
        return f"not available: the system calls of {machine} are not written down"
    kernel.install_filter(program)
    return APPLIED


# In this order: a user namespace asks for a single thread, and after the filter nothing else is possible.
_LAYERS: dict[str, Callable[[], str]] = {
    "limits": _limit_resources,
    "namespaces": _leave_namespaces,
    "user": _become_nobody,
    "capabilities": _drop_capabilities,
    "landlock": _restrict_files,
    "seccomp": _filter_calls,
}


def _read_foreign_file() -> None:
    Path("/etc/passwd").read_bytes()


def _read_service_environment() -> None:
    Path(f"/proc/{os.getppid()}/environ").read_bytes()


def _write_file() -> None:
    path = Path(tempfile.gettempdir(), f"fuma-worker-{os.getpid()}")
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    path.unlink()


def _open_socket() -> None:
    import socket

    socket.socket(socket.AF_INET).close()


def _signal_service() -> None:
    os.kill(os.getppid(), 0)


def _start_process() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


_ATTEMPTS: dict[str, Callable[[], None]] = {
    "read a file that is not its own": _read_foreign_file,
    "read the service's environment": _read_service_environment,
    "write a file": _write_file,
    "open a socket": _open_socket,
    "signal the service": _signal_service,
    "start a process": _start_process,
}


def _succeeds(attempt: Callable[[], None]) -> bool:
    try:
        attempt()
    except OSError:
        return False
    return True
