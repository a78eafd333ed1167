"""Development zones: applied for by a city, reviewed by the nation, and regions from then on."""

from typing import Any

import pytest

from deploy.laptop.demo.person import Person
from deploy.laptop.demo.sample_files import as_pdf, credit_code, picture
from deploy.laptop.stack.platform import Platform
from tests.journeys.test_accounts import refused
from tests.platforms import a_journey, decide

pytestmark = pytest.mark.xdist_group("platform")

# An office of the state: registered by the office of the establishment committee.
OFFICE, ZONE, CITY = "11", "430340", "430300"


@pytest.mark.requirement("REG-2")
async def test_a_development_zone_gets_its_code_from_its_office_and_becomes_a_region(platform: Platform) -> None:
    async with a_journey(platform) as one:
        city = await one.known("xiangtan.maintainer").sign_in()
        nation = await one.known("nation.reviewer").sign_in()

        async def certificate(unit: Person) -> str:
            page = as_pdf(picture("统一社会信用代码证书（样本）", ["管理委员会"]))
            return str((await unit.upload("/documents", page, "application/pdf", "代码证.pdf"))["receipt"])

        async def application(unit: Person, division: str, name: str = "湘潭高新技术产业开发区") -> dict[str, Any]:
            uscc = credit_code(OFFICE, division, one.chance)
            return {"name": name, "uscc": uscc, "certificate": await certificate(unit)}

        # The office of an existing division: the zone works under that division.
        existing = await refused(city.post("/zones", json=await application(city, "430304")))
        assert (existing.status, existing.code) == (409, "zone-is-division")
        assert "岳塘区" in existing.problem["title"]
        assert "岳塘区" in existing.problem["next_step"]
        beyond = await refused(city.post("/zones", json=await application(city, "320340")))
        assert [(each["field"], each["code"]) for each in beyond.problem["errors"]] == [
            ("uscc", "zone-beyond-city")
        ]
        county = await one.known("yuhu.maintainer").sign_in()
        assert (await refused(county.post("/zones", json=await application(county, ZONE)))).code == "zone-of-city"
        wanted = await application(city, ZONE, "湘潭高新区")
        bare = {name: wanted[name] for name in ("name", "uscc")}
        assert (await refused(city.post("/zones", json=bare))).status == 422
        zone = await city.post("/zones", json=wanted)
        assert (zone["code"], zone["state"], zone["city"]) == (ZONE, "submitted", CITY)
        assert (await refused(city.post("/zones", json=await application(city, ZONE)))).code == "zone-applied-for"
        # The nation reads the application with its certificate, and returns it with a reason.
        path, subject = f"/zones/{zone['zone_id']}", zone["zone_id"]
        case = await nation.until(f"/subjects/{subject}/case", lambda seen: seen["actions"])
        assert (case["kind"], case["values"]["code"], case["level"]) == ("zone", ZONE, "nation")
        paper = f"/documents/{case['attachments'][0]['document_id']}/content"
        assert (await nation.until(paper, bytes)).startswith(b"%PDF-")
        early = {**wanted, "version": zone["version"]}
        assert (await refused(city.put(path, json=early))).code == "zone-not-returned"
        reasons = [{"field": "name", "reason": "请填写全称。"}]
        await decide(nation, subject, "return", reasons=reasons)
        returned = await city.until(path, lambda seen: seen["state"] == "returned")
        assert (await city.get(f"/subjects/{subject}/case"))["reasons"] == reasons
        mended = {**bare, "name": "湘潭高新技术产业开发区", "version": returned["version"]}
        assert (await city.put(path, json=mended))["submission"] == 2
        assert (await refused(one.person.get(f"/regions/{ZONE}"))).status == 404
        await decide(nation, subject)
        await city.until(path, lambda seen: seen["state"] == "approved")
        region = await one.person.get(f"/regions/{ZONE}")
        assert region == {
            "code": ZONE,
            "name": "湘潭高新技术产业开发区",
            "level": "county",
            "parent": CITY,
            "insurance_only": True,
        }
        # It is chosen like any other region, and its city registers a unit for it.
        unit = await city.post("/units", json={"name": "湘潭高新区医疗保障局", "region": ZONE})
        assert (unit["region"], unit["level"]) == (ZONE, "county")
        await one.register()
        values = {"pooling_region": ZONE, "name": one.name}
        numbers = one.numbers()
        values |= {"uscc": numbers.uscc, "licence_number": numbers.licence_number}
        added = await one.person.post("/institutions", json={"values": values})
        assert added["region"] == ZONE
