"""The country's regions: civil-affairs divisions, with the insurance regions beside them."""

from typing import Any

import aiohttp
import pytest

from deploy.laptop.demo.person import Person, Refused
from deploy.laptop.stack.platform import Platform

pytestmark = pytest.mark.xdist_group("platform")

# GB/T 2260 as published by the Ministry of Civil Affairs, 2026-09: provinces, prefectures, counties.
DIVISIONS = 3214
BESIDE = {
    "430000": {"439900": "湖南省省本级"},
    "430300": {"430399": "湘潭市市本级"},
    "660000": {"669900": "新疆生产建设兵团"},
    "110000": {"119900": "北京市市本级"},
}


@pytest.mark.requirement("REG-1")
async def test_every_division_is_there_with_the_insurance_regions_beside_it(platform: Platform) -> None:
    async with aiohttp.ClientSession() as http:
        anyone = Person(http, platform.describe()["gateway"], "anyone", "")

        async def within(parent: str | None = None) -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = (
                await anyone.get("/regions", params={"parent": parent} if parent else {})
            )["items"]
            return found

        provinces = await within()
        assert len(provinces) == 34 + 1
        every = list(provinces)
        for province in provinces:
            below = await within(province["code"])
            every += below
            for city in below:
                if city["level"] == "city" and not city["insurance_only"]:
                    every += await within(city["code"])
        divisions = {each["code"]: each for each in every if not each["insurance_only"]}
        assert len(divisions) == len([each for each in every if not each["insurance_only"]]) == DIVISIONS
        assert divisions["430302"] == {
            "code": "430302",
            "name": "雨湖区",
            "level": "county",
            "parent": "430300",
            "insurance_only": False,
        }
        insured = {each["code"]: each for each in every if each["insurance_only"]}
        for parent, own in BESIDE.items():
            assert {code: insured[code]["name"] for code in own} == own
            assert {insured[code]["parent"] for code in own} == {parent}
        # A number that was never given, and 株洲县, which is 渌口区 now.
        for unknown in ("430398", "430221"):
            with pytest.raises(Refused) as absent:
                await anyone.get(f"/regions/{unknown}")
            assert absent.value.status == 404
