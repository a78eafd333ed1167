"""The current time, and the day and hour in China, for everything but the rules, which get the time passed in."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone

Clock = Callable[[], datetime]

# One hour for the whole country, without summer time since 1991; needs no tz database on the machine.
CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")


def utc_now() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


def china_today(now: datetime) -> date:
    """Today's date in China."""
    return now.astimezone(CHINA).date()
