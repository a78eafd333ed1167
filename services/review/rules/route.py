"""The route of a filing: which registered units it passes, from the bottom up (REV-1, REV-2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from shared.identifiers.regions import NATION, Level, level_of, upward_from

LEVEL_ZH = {Level.COUNTY: "县级", Level.CITY: "市级", Level.PROVINCE: "省级", Level.NATION: "国家级"}


@dataclass(frozen=True, slots=True)
class Unit:
    """A registered unit at its seat."""

    unit_id: UUID
    seat: str
    name: str

    @property
    def level(self) -> Level:
        """The level at which it reviews."""
        return level_of(self.seat)


Units = Mapping[str, Unit]


def path_of(region: str, *, nation_only: bool) -> tuple[str, ...]:
    """The seats that a filing passes, each once; accounts and authorisations go straight to the nation (REV-1)."""
    return (NATION,) if nation_only else tuple(dict.fromkeys(upward_from(region)))


def first_of(path: Sequence[str], units: Units) -> Unit | None:
    """The lowest registered unit of a path: where nobody is registered, the next level up (REV-2)."""
    return next((units[seat] for seat in path if seat in units), None)


def above(path: Sequence[str], unit: Unit, units: Units) -> Unit | None:
    """The next registered unit upward."""
    return first_of(path[path.index(unit.seat) + 1 :], units)


def below(path: Sequence[str], unit: Unit, units: Units) -> Unit | None:
    """The next registered unit downward, to which a superior may send a case (REV-2, REV-3)."""
    return first_of(path[: path.index(unit.seat)][::-1], units)
