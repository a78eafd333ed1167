"""How long one waits after failed attempts."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gateway.throttle.rules import Attempts, Patience, one_less, one_more, wait_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PATIENCE = Patience(free=5, longest=timedelta(minutes=15), forgets_after=timedelta(hours=1))
NONE = Attempts(0, NOW, NOW)


def after(failures: int, *, patience: Patience = PATIENCE) -> Attempts:
    """Failed attempts, all at once."""
    attempts = NONE
    for _ in range(failures):
        attempts = one_more(attempts, patience, NOW)
    return attempts


def test_some_attempts_are_free_and_then_the_wait_doubles() -> None:
    waits = [wait_of(after(number), NOW).total_seconds() for number in range(1, 10)]
    assert waits == [0, 0, 0, 0, 1, 2, 4, 8, 16]


@given(st.integers(min_value=15, max_value=10_000))
def test_no_wait_is_longer_than_the_longest(failures: int) -> None:
    attempts = one_more(Attempts(failures, NOW, NOW), PATIENCE, NOW)
    assert wait_of(attempts, NOW) == PATIENCE.longest


def test_what_lies_long_back_is_forgotten() -> None:
    later = NOW + timedelta(hours=1, seconds=1)
    assert one_more(after(9), PATIENCE, later).failures == 1
    assert one_more(after(9), PATIENCE, NOW + timedelta(minutes=59)).failures == 10


@given(st.integers(min_value=0, max_value=40))
def test_an_attempt_that_turned_out_right_leaves_no_trace(failures: int) -> None:
    before = after(failures)
    taken_back = one_less(one_more(before, PATIENCE, NOW), PATIENCE)
    assert taken_back.failures == before.failures
    assert wait_of(taken_back, NOW) == wait_of(before, NOW)
