"""Which units apply for a development zone, and which code it gets."""

import random

import pytest

from deploy.laptop.demo.sample_files import credit_code
from services.registry.zones.problems import ZoneOfCity
from services.registry.zones.rules import ZoneValues, city_of
from shared.problems import FieldsRefused
from shared.security.caller import Role
from tests.environment import a_caller

CHANCE = random.Random(7)


@pytest.mark.parametrize("region", ["430300", "110000", "500000"])
def test_a_prefecture_and_a_municipality_apply(region: str) -> None:
    assert city_of(a_caller(Role.AGENCY, region)) == region


@pytest.mark.parametrize("region", ["430302", "430000", "100000"])
def test_a_county_a_province_and_the_nation_do_not(region: str) -> None:
    with pytest.raises(ZoneOfCity):
        city_of(a_caller(Role.AGENCY, region))


@pytest.mark.parametrize(("city", "code", "inside"), [
    ("430300", "430340", True), ("430300", "430240", False),
    ("110000", "110141", True), ("110000", "120141", False),
])  # fmt: skip
def test_the_code_is_digits_3_to_8_within_the_city(city: str, code: str, *, inside: bool) -> None:
    uscc = credit_code("11", code, CHANCE)
    if inside:
        assert ZoneValues.of("某开发区", uscc, city).code == code
    else:
        with pytest.raises(FieldsRefused) as refused:
            ZoneValues.of("某开发区", uscc, city)
        assert [one.code for one in refused.value.fields] == ["zone-beyond-city"]
