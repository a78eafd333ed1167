"""The rules of regions and units: which regions exist, and who registers units and their accounts."""

import pytest

from services.registry.dictionaries import DICTIONARIES
from services.registry.regions.loading import regions_of_file
from services.registry.units.rules import Unit, may_equip, may_register, read_unit
from shared.identifiers.regions import Level, level_of, seat_of
from shared.ids import new_id
from shared.security.caller import Role
from tests.environment import a_caller

REGIONS = {one.code: one for one in regions_of_file()}


@pytest.mark.parametrize(
    ("code", "name", "parent"),
    [
        ("430302", "雨湖区", "430300"),
        ("430399", "湘潭市市本级", "430300"),
        ("439900", "湖南省省本级", "430000"),
        ("119900", "北京市市本级", "110000"),
        ("459900", "广西壮族自治区本级", "450000"),
        ("433199", "湘西土家族苗族自治州州本级", "433100"),
        ("669900", "新疆生产建设兵团", "660000"),
        ("100000", "国家", None),
        ("429004", "仙桃市", "420000"),
    ],
)
def test_insurance_regions_stand_beside_the_divisions(code: str, name: str, parent: str | None) -> None:
    assert (REGIONS[code].name, REGIONS[code].parent) == (name, parent)


def test_every_region_is_where_its_code_says() -> None:
    assert len(REGIONS) == len(regions_of_file()) > 3500
    for region in REGIONS.values():
        assert region.level is level_of(region.code)
        assert seat_of(region.code) in REGIONS
        assert region.parent is None or region.parent in REGIONS


def test_uninsured_provinces_have_no_own_level() -> None:
    assert not {"719900", "819900", "829900"} & REGIONS.keys()


def test_a_superior_registers_units_below_and_only_there() -> None:
    city = a_caller(Role.AGENCY, "430300")
    assert may_register(city, "430302")
    assert not may_register(city, "430300")
    assert not may_register(city, "430000")
    assert not may_register(city, "430400")
    nation = a_caller(Role.AGENCY)
    assert may_register(nation, "430302")
    assert not may_register(nation, "100000")


def test_a_unit_is_equipped_by_itself_and_from_above() -> None:
    unit = Unit(new_id(), 1, "430302", "湘潭市雨湖区医疗保障局", Level.COUNTY, None)
    assert may_equip(a_caller(Role.AGENCY, "430302", unit_id=unit.unit_id), unit)
    assert may_equip(a_caller(Role.AGENCY, "430300"), unit)
    assert not may_equip(a_caller(Role.AGENCY, "430302"), unit)
    assert not may_equip(a_caller(Role.AGENCY, "430304"), unit)


def test_every_wrong_field_of_a_unit_is_named_at_once() -> None:
    _, problems = read_unit(new_id(), "", "430399", "9144O3001922038216", REGIONS["430399"])
    assert {one.field: one.code for one in problems} == {
        "name": "name-empty",
        "region": "region-not-a-seat",
        "uscc": "uscc-likely",
    }
    assert "914403001922038216" in next(one.en for one in problems if one.field == "uscc")
    _, problems = read_unit(new_id(), "某局", "439999", None, None)
    assert [one.code for one in problems] == ["region-unknown"]
    unit, problems = read_unit(new_id(), "某\u200b局 ", "430300", "914403001922038216", REGIONS["430300"])
    assert (unit.name if unit else None, problems) == ("某局", ())


def test_dictionaries_are_complete_and_closed() -> None:
    assert DICTIONARIES["institution_type"].by_code["A100"].name == "综合医院"
    assert "A" not in DICTIONARIES["institution_type"].by_code
    assert DICTIONARIES["division"].by_code["430302"].name == "雨湖区"
    assert "430399" not in DICTIONARIES["division"].by_code
    for dictionary in DICTIONARIES.values():
        assert dictionary.edition
        assert all(one.code and one.name for one in dictionary.entries)
