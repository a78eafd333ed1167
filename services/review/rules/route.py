"""The route of a filing: the registered units that it passes, from the bottom up (REV-1, REV-2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from shared.identifiers.regions import UPWARD, Level, level_of, upward_from

# The levels that review a kind, from the bottom up (REV-1); every other kind passes all four.
LEVELS_OF: Mapping[str, tuple[Level, ...]] = {
    "account": (Level.NATION,),
    "authorisation": (Level.NATION,),
    "zone": (Level.NATION,),
}
LEVEL_ZH = {Level.COUNTY: "县级", Level.CITY: "市级", Level.PROVINCE: "省级", Level.NATION: "国家级"}


@dataclass(frozen=True, slots=True)
class Unit:
    """A registered unit at its seat."""

    unit_id: UUID
    seat: str
    name: str

    @property
    def level(self) -> Level:
        """Returns the level at which it reviews."""
        return level_of(self.seat)


Units = Mapping[str, Unit]


def path_of(kind: str, region: str) -> tuple[str, ...]:
    """Returns the distinct seats that a filing passes: those above its region, by its kind (REV-1)."""
    levels = LEVELS_OF.get(kind, UPWARD)
    return tuple(dict.fromkeys(seat for seat in upward_from(region) if level_of(seat) in levels))


def is_nation_only(kind: str) -> bool:
    """Whether only the nation's unit reviews a kind."""
    return LEVELS_OF.get(kind, UPWARD) == (Level.NATION,)


def first_of(path: Sequence[str], units: Units) -> Unit | None:
    """Returns the lowest registered unit of a path: a seat without a unit is skipped (REV-2)."""
    return next((units[seat] for seat in path if seat in units), None)


def above(path: Sequence[str], unit: Unit, units: Units) -> Unit | None:
    """Returns the next registered unit upward."""
    return first_of(path[path.index(unit.seat) + 1 :], units)


def below(path: Sequence[str], unit: Unit, units: Units) -> Unit | None:
    """Returns the next registered unit downward, to which a superior may send a case (REV-2, REV-3)."""
    return first_of(path[: path.index(unit.seat)][::-1], units)
