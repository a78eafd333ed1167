"""Tasks with which the tests try the workshop; in a module of their own, since workers import them by name."""

import ctypes
import os
import sys
import time


def double(number: int) -> int:
    return 2 * number


def pid() -> int:
    return os.getpid()


def echo(content: bytes) -> bytes:
    return content


def environment() -> dict[str, str]:
    return dict(os.environ)


def talk() -> str:
    """What a careless library does: it prints where the answers go."""
    os.write(1, b"garbage")
    sys.stdout.write("more garbage")
    sys.stdout.flush()
    return "said"


def hang() -> None:
    while True:
        time.sleep(0.01)


def hang_in_c() -> None:
    """Deaf to any Python-level interruption."""
    ctypes.PyDLL(None).pause()


def hog() -> int:
    return sum(len(bytes(64 * 1024 * 1024)) for _ in [bytearray(4 * 1024**3)])


def crash() -> None:
    ctypes.string_at(0)


def leave() -> None:
    os._exit(3)


def wrong() -> None:
    raise ZeroDivisionError("as it happens")


class Uncarried(Exception):
    """An exception that cannot be read back on the other side."""

    def __init__(self, one: int, two: int) -> None:
        super().__init__(f"{one} and {two}")


def uncarried() -> None:
    raise Uncarried(1, 2)
