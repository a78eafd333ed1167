"""Tasks for tests of the worker pool, in a module of their own because workers import them by name."""

import ctypes
import os
import stat
import sys
import time

from shared.workers.problems import WorkersBusy
from shared.workers.results import RawBytes

_CACHE: list[bytes] = []


def double(number: int) -> int:
    return 2 * number


def pid() -> int:
    return os.getpid()


def echo(content: RawBytes) -> RawBytes:
    return content


def environment() -> dict[str, str]:
    return dict(os.environ)


def talk() -> str:
    """Prints to the descriptor of the answers, as a careless library does."""
    os.write(1, b"garbage")
    sys.stdout.write("more garbage")
    sys.stdout.flush()
    return "said"


def install() -> None:
    while True:
        time.sleep(0.01)


def hang_in_c() -> None:
    """Ignores every Python-level interruption."""
    ctypes.PyDLL(None).pause()


def hog() -> int:
    return sum(len(bytes(64 * 1024 * 1024)) for _ in [bytearray(4 * 1024**3)])


def keep(size: int) -> int:
    """Grows a cache in the process, as a library does; returns the process id."""
    _CACHE.append(b"x" * size)
    return os.getpid()


def draw(pdf: bytes) -> int:
    """Renders the first page without the check of its drawing cost."""
    import pypdfium2

    return int(pypdfium2.PdfDocument(pdf)[0].render(scale=2).width)


def crash() -> None:
    ctypes.string_at(0)


def leave() -> None:
    os._exit(3)


def wrong() -> None:
    raise ZeroDivisionError("as it happens")


def presume() -> None:
    """Raises a refusal that workers do not make."""
    raise WorkersBusy


def taken_over(said: bytes) -> int:
    """Writes to every pipe and stays, as a compromised worker can."""
    for pipe in range(3, 64):
        if _is_pipe(pipe):
            os.write(pipe, said)
    install()
    return 0


def _is_pipe(descriptor: int) -> bool:
    try:
        return stat.S_ISFIFO(os.fstat(descriptor).st_mode)
    except OSError:  # not open
        return False


def undescribed() -> int:
    """Returns another type than its annotation."""
    return "four"  # type: ignore[return-value]
