"""A limit on the processor time of one file, kept by the worker itself so that the refusal comes early."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from shared.workers.problems import ProcessingTimeExceeded

_AGAIN_SECONDS = 0.5


class _Spent(BaseException):
    """The time is used up; no library that handles every Exception may go on with the file."""


@contextmanager
def cpu_budget(seconds: float) -> Iterator[None]:
    """Raises ProcessingTimeExceeded in the block once it has used so many seconds of the processor.

    The signal is handled between two Python instructions, so a single call into a C library runs to its end:
    those have bounds of their own, and the pool's time limit ends a worker that hangs. It comes again until the
    block is left, since a library may swallow the first one. Only a process's main thread gets signals; another
    thread runs without a budget. Budgets do not nest.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGVTALRM, _spent)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds, _AGAIN_SECONDS)
    try:
        yield
    except _Spent:
        raise ProcessingTimeExceeded from None
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


class _Deferral:
    """Whether a spent budget waits, and whether one does: one for the process, as its timer is."""

    on = False
    spent = False


@contextmanager
def budget_deferred() -> Iterator[None]:
    """Has a spent budget wait for the end of the block: a callback from C could not pass its exception on."""
    _Deferral.on, _Deferral.spent = True, False
    try:
        yield
    finally:
        _Deferral.on = False
    if _Deferral.spent:
        raise _Spent


def _spent(_number: int, _frame: FrameType | None) -> None:
    _Deferral.spent = True
    if not _Deferral.on:
        raise _Spent
