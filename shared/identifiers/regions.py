"""Region codes: the level of a six-digit code, the regions within it, and the way of submissions upward.

The structure is that of GB/T 2260 (two digits each for province, prefecture, county) with the insurance regions'
own-level rows `pppp99` (city) and `pp9900` (province) beside it; reading it needs no table.
"""

import re
from enum import StrEnum

NATION = "100000"
_REGION = re.compile(r"[0-9]{6}")


class Level(StrEnum):
    """The four levels of insurance units, from the bottom up."""

    COUNTY = "county"
    CITY = "city"
    PROVINCE = "province"
    NATION = "nation"


UPWARD = (Level.COUNTY, Level.CITY, Level.PROVINCE, Level.NATION)


def is_region(text: str) -> bool:
    """Whether a text has the form of a region code."""
    return _REGION.fullmatch(text) is not None


def level_of(region: str) -> Level:
    """Returns the level of a region's unit; own-level rows count as their city or province."""
    if region == NATION:
        return Level.NATION
    if region[2:] in ("0000", "9900"):
        return Level.PROVINCE
    if region[4:] in ("00", "99"):
        return Level.CITY
    return Level.COUNTY


def seat_of(region: str) -> str:
    """Returns the code under which a region's unit is registered: own-level rows give their city or province."""
    return {
        Level.NATION: NATION,
        Level.PROVINCE: region[:2] + "0000",
        Level.CITY: region[:4] + "00",
        Level.COUNTY: region,
    }[level_of(region)]


def upward_from(region: str) -> tuple[str, ...]:
    """Lists the seats that a region's submissions pass, from its own level to the nation.

    A county directly under a province has no city; its city's seat then has no registered unit, and the route
    skips it like any other such seat (REV-2).
    """
    seats = {
        Level.COUNTY: region,
        Level.CITY: region[:4] + "00",
        Level.PROVINCE: region[:2] + "0000",
        Level.NATION: NATION,
    }
    start = UPWARD.index(level_of(region))
    return tuple(dict.fromkeys(seats[level] for level in UPWARD[start:]))


def span_of(seat: str) -> tuple[str, str]:
    """Returns the lowest and the highest code within a unit's region, for a `BETWEEN` in SQL (REV-4)."""
    return {
        Level.NATION: ("000000", "999999"),
        Level.PROVINCE: (seat[:2] + "0000", seat[:2] + "9999"),
        Level.CITY: (seat[:4] + "00", seat[:4] + "99"),
        Level.COUNTY: (seat, seat),
    }[level_of(seat)]


def covers(seat: str, region: str) -> bool:
    """Whether a region lies within a unit's region."""
    low, high = span_of(seat)
    return low <= region <= high


def prefecture_of(region: str) -> str:
    """Returns the four digits within which the serial numbers of codes are counted."""
    return region[:4]


def path_of(region: str) -> str:
    """Returns the region as words of a routing key, from the province down: `430302` is `43.03.02`."""
    return f"{region[:2]}.{region[2:4]}.{region[4:]}"
