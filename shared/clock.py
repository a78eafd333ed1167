"""The time as everything but the rules reads it, and the day and hour that it is in China."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone

Clock = Callable[[], datetime]

# One hour for the whole country, without summer time since 1991; needs no tz database on the machine.
CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")


def utc_now() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


def china_today(now: datetime) -> date:
    """The day that it is in China at this moment."""
    return now.astimezone(CHINA).date()
