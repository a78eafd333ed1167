"""Who may register a unit, where, and who may open accounts for it."""

from dataclasses import dataclass
from uuid import UUID

from services.registry.regions.rules import Region, is_seat
from shared.identifiers.documents import is_uscc, likely_uscc
from shared.identifiers.regions import NATION, Level, seat_of
from shared.problems import FieldProblem, Kind, RuleBroken
from shared.security.caller import Caller

LONGEST_NAME = 200


class UnitExists(RuleBroken):
    """A region has one unit, and this one has it already."""

    code = "unit-exists"
    kind = Kind.CONFLICT
    zh = "该地区的医保单位已注册：{name}。"
    en = "The unit of this region is registered already: {name}."
    next_zh = "请在单位列表中查看，或为它开通账号。"
    next_en = "See it in the list of units, or open accounts for it."


class UnitBeyondRegion(RuleBroken):
    """A unit registers and equips units below its own, and nobody else's."""

    code = "unit-beyond-region"
    kind = Kind.FORBIDDEN
    zh = "只能管理本地区下级单位。"
    en = "Only units below your own region are yours to manage."
    next_zh = "请联系该地区的上级医保单位。"
    next_en = "Ask the unit above that region."


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


def refused(name: str, region: Region | None, code: str, uscc: str | None) -> tuple[FieldProblem, ...]:
    """What is wrong with a unit to be registered, field by field; `region` is what is on record under `code`."""
    problems = []
    if not name or not name.isprintable():
        problems.append(FieldProblem(field="name", code="missing", zh="请填写单位名称。", en="Name the unit."))
    if region is None:
        problems.append(_region_problem("region-unknown", "没有这个医保区划。", "There is no such region."))
    elif not is_seat(code):
        seat = seat_of(code)
        problems.append(
            _region_problem("region-not-a-seat", f"本级区划的单位请按 {seat} 注册。", f"Register it under {seat}.")
        )
    if uscc is not None and not is_uscc(uscc):
        problems.append(_uscc_problem(uscc))
    return tuple(problems)


def _region_problem(code: str, zh: str, en: str) -> FieldProblem:
    return FieldProblem(field="region", code=code, zh=zh, en=en)


def _uscc_problem(uscc: str) -> FieldProblem:
    likely = likely_uscc(uscc)
    zh, en = "统一社会信用代码校验未通过。", "The credit code's check digit does not fit."
    if is_uscc(likely):
        zh, en = f"{zh}是否为 {likely}？", f"{en} Did you mean {likely}?"
    return FieldProblem(field="uscc", code="uscc-invalid", zh=zh, en=en)
