"""What a unit asks for beyond the nation's form, and what its reviewers see of it."""

from dataclasses import replace
from typing import Any

import pytest

from deploy.laptop.demo.person import Person
from deploy.laptop.demo.places import HUNAN
from deploy.laptop.demo.sample_files import as_pdf, picture
from deploy.laptop.stack.platform import Platform
from tests.journeys.test_accounts import refused
from tests.platforms import a_journey, decide

pytestmark = pytest.mark.xdist_group("platform")

# A county of its own, whose demands meet no other journey.
COUNTY, UNIT = "430382", "韶山市医疗保障局"
SHAOSHAN = replace(HUNAN, county=COUNTY, units=((COUNTY, UNIT, "shaoshan"), *HUNAN.units[1:]))
PASSWORD = "Shaoshan-1900-unit"


async def county_people(city: Person, http: Any, gateway: str) -> tuple[Person, Person]:
    """The maintainer and the reviewer of the county's unit, which its city registers."""
    unit = await city.post("/units", json={"name": UNIT, "region": COUNTY})
    people = []
    for role in ("agency", "reviewer"):
        account = {"username": f"shaoshan.{role}", "password": PASSWORD, "name": "县级人员", "role": role}
        await city.post(f"/units/{unit['unit_id']}/accounts", json=account)
        people.append(await Person(http, gateway, account["username"], PASSWORD).sign_in())
    return people[0], people[1]


@pytest.mark.requirement("INS-13", "REV-9")
async def test_a_demand_of_the_county_is_checked_at_submission_and_shown_to_its_reviewer(
    platform: Platform,
) -> None:
    async with a_journey(platform, SHAOSHAN) as one:
        city = await one.known("xiangtan.maintainer").sign_in()
        agency, reviewer = await county_people(city, one.http, one.description["gateway"])
        for step in (one.register, one.add_institution, one.authorise, one.nation_approves_mandate):
            await step()
        await one.fill_in(submit=False)
        path = f"/institutions/{one.institution['record_id']}"

        async def submit() -> Any:
            seen = await one.person.get(path)
            return await one.person.post(f"{path}/submission", json={"version": seen["version"]})

        words = {"title": "消防验收合格证明", "explanation": "本市要求上传消防验收合格证明的全部页面。"}
        empty = await refused(agency.post("/demands", json={"kind": "institution", **words, "title": "  "}))
        assert [each["field"] for each in empty.problem["errors"]] == ["title"]
        later = {"kind": "institution", **words, "title": "环保证明", "effective_from": "2999-01-01T00:00:00Z"}
        await agency.post("/demands", json=later)
        demand = await agency.post("/demands", json={"kind": "institution", **words})
        await agency.post("/demands", json={"kind": "pharmacy", **words, "title": "冷链证明"})
        own = {"kind": "institution", "region": COUNTY}
        [applying] = (await one.person.get("/demands", params=own))["items"]
        assert applying == {
            "demand_id": demand["demand_id"],
            "field": f"local.{demand['demand_id']}",
            "unit_name": UNIT,
            **words,
        }
        beside = {"kind": "institution", "region": HUNAN.county}
        assert (await one.person.get("/demands", params=beside))["items"] == []
        # It is listed before the submission, with its explanation, and checked by it.
        seen = await one.person.get(path)
        assert (seen["demands"], [each["field"] for each in seen["missing"]]) == ([applying], [applying["field"]])
        assert words["title"] in seen["missing"][0]["zh"]
        without = await refused(submit())
        assert [each["field"] for each in without.problem["errors"]] == [applying["field"]]
        page = as_pdf(picture("消防验收合格证明（样本）", ["合格"]))
        receipt = (await one.person.upload("/documents", page, "application/pdf", "消防.pdf"))["receipt"]
        unknown = {"version": seen["version"], "attachments": {f"local.{one.institution['record_id']}": receipt}}
        assert [
            each["code"] for each in (await refused(one.person.put(path, json=unknown))).problem["errors"]
        ] == ["no-such-field"]
        attached = {"version": seen["version"], "attachments": {applying["field"]: receipt}}
        assert (await one.person.put(path, json=attached))["missing"] == []
        await submit()
        # Only its own unit changes it; what is under review keeps what it was submitted by.
        changed = {**words, "explanation": "另需加盖公章。"}
        demand_path = f"/demands/{demand['demand_id']}"
        assert (await refused(city.put(demand_path, json=changed))).status == 404
        await agency.put(demand_path, json=changed)
        ended = await agency.put(demand_path, json={**changed, "active": False})
        assert (await one.person.get("/demands", params=own))["items"] == []
        case = await reviewer.until(f"/subjects/{one.institution['record_id']}/case", lambda it: it["actions"])
        assert case["demands"] == [applying]
        [met] = [each for each in case["attachments"] if each["field"] == applying["field"]]
        assert (await reviewer.get(f"/documents/{met['document_id']}/content")).startswith(b"%PDF-")
        reasons = [{"field": applying["field"], "reason": "证明已过期。"}]
        await decide(reviewer, one.institution["record_id"], "return", reasons=reasons)
        versions = (await agency.get(f"{demand_path}/versions"))["items"]
        assert [(each["active"], each["explanation"]) for each in versions] == [
            *((False, changed["explanation"]), (True, changed["explanation"]), (True, words["explanation"])),
        ]
        assert versions[0] == ended
        # The demand has ended: the record is submitted again without the document.
        returned = await one.person.until(path, lambda it: it["state"] == "returned")
        assert (returned["demands"], returned["missing"]) == ([], [])
        taken = {"version": returned["version"], "attachments": {applying["field"]: None}}
        await one.person.put(path, json=taken)
        assert (await submit())["locked"]
