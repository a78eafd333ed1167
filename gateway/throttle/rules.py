"""How long one waits after failed attempts to sign in: some are free, then every further one doubles the wait."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

_FIRST_WAIT_SECONDS = 1.0
# 2**30 seconds are longer than any longest wait; beyond, the power only grows without meaning.
_MOST_DOUBLINGS = 30


@dataclass(frozen=True, slots=True)
class Patience:
    """What is put up with before one has to wait, how long at most, and when it is forgotten."""

    free: int
    longest: timedelta
    forgets_after: timedelta


@dataclass(frozen=True, slots=True)
class Attempts:
    """The failed attempts under one name or from one address."""

    failures: int
    last_at: datetime
    free_again: datetime


def wait_of(attempts: Attempts, now: datetime) -> timedelta:
    """How long the next attempt still has to wait; nothing where it may be made."""
    return max(attempts.free_again - now, timedelta(0))


def one_more(attempts: Attempts, patience: Patience, now: datetime) -> Attempts:
    """The attempts with one more, counted as failed until it has succeeded.

    It is counted before the password is looked at, so that a thousand attempts at the same moment are a
    thousand attempts.
    """
    remembered = 0 if now - attempts.last_at > patience.forgets_after else attempts.failures
    failures = remembered + 1
    return Attempts(failures, now, now + _wait_after(failures, patience))


def one_less(attempts: Attempts, patience: Patience) -> Attempts:
    """The attempts without one that turned out right; the others still count."""
    failures = max(attempts.failures - 1, 0)
    free_again = attempts.last_at + _wait_after(failures, patience) if failures else attempts.last_at
    return replace(attempts, failures=failures, free_again=min(attempts.free_again, free_again))


def _wait_after(failures: int, patience: Patience) -> timedelta:
    beyond = failures - patience.free
    if beyond < 0:
        return timedelta(0)
    seconds = _FIRST_WAIT_SECONDS * 2 ** min(beyond, _MOST_DOUBLINGS)
    return min(timedelta(seconds=seconds), patience.longest)
