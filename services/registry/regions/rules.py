"""Which insurance regions exist beside the civil-affairs divisions, and where units can be registered."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from shared.identifiers.regions import NATION, Level, level_of, seat_of

# The corps has insurance regions but no division; it counts as a province (domain: 669900).
CORPS = "660000"
CORPS_NAME = "新疆生产建设兵团"
# Hong Kong, Macao and Taiwan are divisions without a medical insurance of this platform.
_UNINSURED = {"710000", "810000", "820000"}
# Beijing, Tianjin, Shanghai, Chongqing.
_MUNICIPALITIES = {"110000", "120000", "310000", "500000"}
_SUFFIXED = "省市州盟"


@dataclass(frozen=True, slots=True)
class Region:
    """A division or an insurance region; `insurance_only` ones are no division of civil affairs."""

    code: str
    name: str
    level: Level
    parent: str | None
    insurance_only: bool = False


def with_insurance_regions(divisions: Iterable[Region]) -> Iterator[Region]:
    """All regions: the nation, the divisions, and own-level rows beside provinces and prefectures (REG-1)."""
    yield Region(NATION, "国家", Level.NATION, None, insurance_only=True)
    yield Region(CORPS, CORPS_NAME, Level.PROVINCE, None, insurance_only=True)
    yield Region("669900", CORPS_NAME, Level.PROVINCE, CORPS, insurance_only=True)
    for division in divisions:
        yield division
        if division.level is not Level.COUNTY and division.code not in _UNINSURED:
            yield own_level_of(division)


def own_level_of(division: Region) -> Region:
    """What a province or prefecture insures itself: `pp9900` 省本级, `pppp99` 市本级."""
    code = division.code[:2] + "9900" if division.level is Level.PROVINCE else division.code[:4] + "99"
    kind = division.name[-1] if division.name[-1] in _SUFFIXED else ""
    return Region(code, f"{division.name}{kind}本级", division.level, division.code, insurance_only=True)


def is_city(code: str) -> bool:
    """Whether a region is a city: a prefecture, or a municipality, which is a province by its code."""
    return level_of(code) is Level.CITY or code in _MUNICIPALITIES


def is_seat(code: str) -> bool:
    """Whether units are registered under this code: own-level rows belong to their city's or province's unit."""
    return seat_of(code) == code
