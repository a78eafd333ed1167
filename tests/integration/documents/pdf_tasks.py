"""Tasks with which the tests try the worker pool; in a module of their own, since workers import them by name."""

import ctypes
import os
import stat
import sys
import time

from services.documents.workers.problems import WorkersBusy
from services.documents.workers.results import RawBytes

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
    """What a careless library does: it prints where the answers go."""
    os.write(1, b"garbage")
    sys.stdout.write("more garbage")
    sys.stdout.flush()
    return "said"


def install() -> None:
    while True:
        time.sleep(0.01)


def hang_in_c() -> None:
    """Deaf to any Python-level interruption."""
    ctypes.PyDLL(None).pause()


def hog() -> int:
    return sum(len(bytes(64 * 1024 * 1024)) for _ in [bytearray(4 * 1024**3)])


def keep(size: int) -> int:
    """A library's cache that grows with what it reads; the process that has it."""
    _CACHE.append(b"x" * size)
    return os.getpid()


def draw(pdf: bytes) -> int:
    """Draws the first page, without the checks that refuse what is slow to draw."""
    import pypdfium2

    return int(pypdfium2.PdfDocument(pdf)[0].render(scale=2).width)


def crash() -> None:
    ctypes.string_at(0)


def leave() -> None:
    os._exit(3)


def wrong() -> None:
    raise ZeroDivisionError("as it happens")


def presume() -> None:
    """A refusal that is not for a worker to make."""
    raise WorkersBusy


def taken_over(said: bytes) -> int:
    """What a file that has taken over its worker can do: it speaks on every pipe there is, and stays."""
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
    """Its result is not what its annotation says."""
    return "four"  # type: ignore[return-value]
