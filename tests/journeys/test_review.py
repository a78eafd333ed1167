"""Cases on their way: two who decide at once, counties without a unit, a maintainer who wants it back."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from deploy.laptop.demo.journey import Journey
from deploy.laptop.demo.person import Person, Refused
from deploy.laptop.demo.places import HUNAN
from deploy.laptop.stack.platform import Platform
from tests.platforms import a_journey, case_of, filed

pytestmark = pytest.mark.xdist_group("platform")

PASSWORD = "Another-Reviewer-1900"
APPROVED = {"decision": "approve", "reasons": [], "note": ""}
# A county of the same city whose unit is not among the sample units.
UNREGISTERED = replace(HUNAN, county="430321", units=HUNAN.units[1:])


async def a_reviewer(one: Journey, unit_id: str, username: str) -> Person:
    """A further reviewer of a unit, signed in; the nation's maintainer opens the account."""
    nation = await one.known("nation.maintainer").sign_in()
    account = {"username": username, "password": PASSWORD, "name": "第二审核员", "role": "reviewer"}
    await nation.post(f"/units/{unit_id}/accounts", json=account)
    return await Person(one.http, one.description["gateway"], username, PASSWORD).sign_in()


async def decided(reviewer: Person, case: dict[str, Any], **decision: Any) -> Any:
    """A decision on the case as it was seen."""
    wanted = {"version": case["version"], **APPROVED, **decision}
    return await reviewer.post(f"/cases/{case['case_id']}/decisions", json=wanted)


@pytest.mark.requirement("REV-1", "REV-3", "REV-7", "ACC-9")
async def test_of_two_reviewers_who_decide_at_once_one_wins_and_the_other_is_told(platform: Platform) -> None:
    async with a_journey(platform) as one:
        await filed(one)
        first = await one.known("yuhu.reviewer").sign_in()
        case = await case_of(one, first)
        second = await a_reviewer(one, case["unit_id"], f"second.{case['case_id'][-8:]}")
        answers = await asyncio.gather(
            *(decided(reviewer, case) for reviewer in (first, second)), return_exceptions=True
        )
        [taken] = [answer for answer in answers if isinstance(answer, dict)]
        [told] = [answer for answer in answers if isinstance(answer, Refused)]
        assert taken["level"] == "city"
        assert (told.status, told.code, told.problem["what"]) == (409, "case-moved-on", "reported")
        assert told.problem["happened_at"] == taken["since"].replace("Z", "+00:00")
        assert (told.problem["level"], told.problem["unit_name"]) == ("city", HUNAN.units[1][1])
        assert HUNAN.units[0][1] in told.problem["title"]
        # Who reloads sees the case where it is now, and still cannot decide for the unit above.
        moved = await first.get(f"/cases/{case['case_id']}")
        assert (moved["version"], moved["actions"]) == (taken["version"], [])
        with pytest.raises(Refused) as late:
            await decided(first, moved)
        assert (late.value.status, late.value.code) == (409, "case-moved-on")


@pytest.mark.requirement("REV-2", "REV-3", "REV-4")
async def test_a_county_without_a_unit_falls_to_its_city_until_it_registers(platform: Platform) -> None:
    async with a_journey(platform, UNREGISTERED) as one:
        await filed(one)
        city = await one.known("xiangtan.reviewer").sign_in()
        case = await case_of(one, city)
        assert (case["level"], case["unit_name"]) == ("city", HUNAN.units[1][1])
        with pytest.raises(Refused) as hidden:
            await (await one.known("yuhu.reviewer").sign_in()).get(f"/cases/{case['case_id']}")
        assert hidden.value.status == 404
        agency = await one.known("xiangtan.maintainer").sign_in()
        unit = await agency.post("/units", json={"name": "湘潭县医疗保障局", "region": UNREGISTERED.county})
        county = await a_reviewer(one, unit["unit_id"], "xiangtanxian.reviewer")
        case = await case_of(one, city, "send_down")
        await decided(city, case, decision="send_down")
        reported = await decided(county, await case_of(one, county))
        assert reported["level"] == "city"
        assert [step["what"] for step in reported["timeline"]] == ["filed", "sent_down", "reported"]


@pytest.mark.requirement("INS-7", "REV-3", "REV-6", "REV-7")
async def test_a_maintainer_asks_for_the_return_and_gets_the_record_back(platform: Platform) -> None:
    async with a_journey(platform) as one:
        await filed(one)
        county = await one.known("yuhu.reviewer").sign_in()
        before = await county.get("/cases/counts")
        case = await case_of(one, county)
        path = f"/cases/{case['case_id']}/return-requests"
        asked = await one.person.post(path, json={"reason": "床位数填错了，请退回。"})
        assert asked["timeline"][-1]["what"] == "return_requested"
        with pytest.raises(Refused) as again:
            await one.person.post(path, json={"reason": "请退回。"})
        assert (again.value.status, again.value.code) == (409, "return-already-requested")
        [line] = [
            each
            for each in (await county.get("/cases", params={"limit": "200"}))["items"]
            if each["case_id"] == case["case_id"]
        ]
        assert line["return_requested"]
        seen = await county.get(f"/cases/{case['case_id']}")
        assert (seen["timeline"][-1]["what"], seen["timeline"][-1]["note"]) == (
            "return_requested",
            "床位数填错了，请退回。",
        )
        await decided(county, seen, decision="return", reasons=[{"field": "", "reason": "应申请退回"}])
        record = f"/institutions/{one.institution['record_id']}"
        returned = await one.person.until(record, lambda found: found["state"] == "returned")
        assert not returned["locked"]
        after = await county.get("/cases/counts")
        assert (after["to_do"], after["returned"]) == (before["to_do"] - 1, before["returned"] + 1)
        assert after["received"] == after["to_do"] + after["reported"] + after["returned"]
