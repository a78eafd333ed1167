"""Who may register a unit, where, and who may open accounts for it."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from services.registry.regions.rules import Region, is_seat
from shared.identifiers.invalid import parse_fields
from shared.identifiers.names import level_name
from shared.identifiers.regions import NATION, Level, level_of, seat_of
from shared.identifiers.uscc import parse_uscc
from shared.problems import FieldProblem
from shared.security.caller import Caller

LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Unit:
    """An insurance unit: it reviews for its region and signs agreements (ACC-9)."""

    unit_id: UUID
    version: int
    region: str
    name: str
    level: Level
    uscc: str | None


def may_register(caller: Caller, region: str) -> bool:
    """A superior unit's maintainer registers the units below; the nation any, a city its counties (ACC-9)."""
    return caller.oversees(region) and region not in (caller.region, NATION)


def may_equip(caller: Caller, unit: Unit) -> bool:
    """A unit's maintainer opens accounts for the unit itself and for those below it."""
    return caller.unit_id == unit.unit_id or may_register(caller, unit.region)


def read_unit(
    unit_id: UUID, name: str, code: str, uscc: str | None, region: Region | None
) -> tuple[Unit | None, tuple[FieldProblem, ...]]:
    """The unit to be registered, or what is wrong, field by field; `region` is what is on record under `code`."""
    values, problems = parse_fields(
        {"name": lambda: level_name(name), "uscc": lambda: parse_uscc(uscc) if uscc else None}
    )
    problems += _region_problems(code, region)
    if problems:
        return None, tuple(problems)
    return Unit(unit_id, 1, code, str(values["name"]), level_of(code), values["uscc"]), ()


def _region_problems(code: str, region: Region | None) -> Iterator[FieldProblem]:
    if region is None:
        yield _region_problem("region-unknown", "没有这个医保区划。", "There is no such region.")
    elif not is_seat(code):
        seat = seat_of(code)
        yield _region_problem(
            "region-not-a-seat", f"本级区划的单位请按 {seat} 注册。", f"Register it under {seat}."
        )


def _region_problem(code: str, zh: str, en: str) -> FieldProblem:
    return FieldProblem(field="region", code=code, zh=zh, en=en)
