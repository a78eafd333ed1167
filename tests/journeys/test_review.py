"""Cases on their way: two who decide at once, counties without a unit, a maintainer who wants it back."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from deploy.laptop.demo.journey import Journey
from deploy.laptop.demo.person import Person, Refused
from deploy.laptop.demo.places import HUNAN
from deploy.laptop.stack.platform import Platform
from tests.platforms import a_journey, approved, case_of, decide, filed, reviewers_of

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


async def test_of_two_reviewers_who_decide_at_once_one_wins_and_the_other_is_refused(platform: Platform) -> None:
    async with a_journey(platform) as one:
        await filed(one)
        first = await one.known("yuhu.reviewer").sign_in()
        case = await case_of(one, first)
        second = await a_reviewer(one, case["unit_id"], f"second.{case['case_id'][-8:]}")
        answers = await asyncio.gather(
            *(decided(reviewer, case) for reviewer in (first, second)), return_exceptions=True
        )
        [taken] = [answer for answer in answers if isinstance(answer, dict)]
        [refused] = [answer for answer in answers if isinstance(answer, Refused)]
        assert taken["level"] == "city"
        assert (refused.status, refused.code, refused.problem["what"]) == (409, "case-moved-on", "reported")
        assert refused.problem["happened_at"] == taken["since"].replace("Z", "+00:00")
        assert (refused.problem["level"], refused.problem["unit_name"]) == ("city", HUNAN.units[1][1])
        assert HUNAN.units[0][1] in refused.problem["title"]
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


@pytest.mark.requirement("INS-7")
async def test_a_maintainer_asks_for_the_return_and_gets_the_record_back(platform: Platform) -> None:
    async with a_journey(platform) as one:
        await filed(one)
        county = await one.known("yuhu.reviewer").sign_in()
        record = f"/institutions/{one.institution['record_id']}"
        change = {"version": one.institution["version"], "values": {"approved_beds": 500}}
        assert one.institution["locked"]
        for attempt in (
            one.person.put(record, json=change),
            one.person.post(f"{record}/submission", json={"version": change["version"]}),
        ):
            with pytest.raises(Refused) as locked:
                await attempt
            assert (locked.value.status, locked.value.code) == (409, "record-locked")
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
        returned = await one.person.until(record, lambda found: found["state"] == "returned")
        assert not returned["locked"]
        change["version"] = returned["version"]
        assert (await one.person.put(record, json=change))["values"]["approved_beds"] == 500
        after = await county.get("/cases/counts")
        assert (after["to_do"], after["returned"]) == (before["to_do"] - 1, before["returned"] + 1)


@pytest.mark.requirement("REV-1")
async def test_records_climb_four_levels_and_mandates_go_to_the_nation_alone(platform: Platform) -> None:
    async with a_journey(platform) as one:
        await filed(one)
        levels = await reviewers_of(one)
        subject = one.institution["record_id"]
        for position, reviewer in enumerate(levels):
            case = await case_of(one, reviewer)
            for above in levels[position + 1 :]:
                with pytest.raises(Refused) as early:
                    await decided(above, case)
                assert (early.value.status, early.value.code) == (409, "case-moved-on")
            await decided(reviewer, case)
        case = await one.person.until(f"/subjects/{subject}/case", lambda seen: seen["stage"] == "approved")
        steps = [(each["what"], each["level"], each["unit_name"]) for each in case["timeline"]]
        names = [each[1] for each in HUNAN.units]
        assert steps[:4] == [
            ("filed", "county", names[0]),
            *(
                ("reported", level, name)
                for level, name in zip(("county", "city", "province"), names, strict=True)
            ),
        ]
        assert [each[:2] for each in steps[4:]] == [("approved", "nation")]
        for direct in (one.person.account["account_id"], one.authorisation["authorisation_id"]):
            case = await one.person.get(f"/subjects/{direct}/case")
            assert [(each["what"], each["level"]) for each in case["timeline"]] == [
                ("filed", "nation"),
                ("approved", "nation"),
            ]


@pytest.mark.requirement("REV-3", "REV-7")
async def test_a_maintainer_follows_where_the_record_is_since_when_and_what_happened(platform: Platform) -> None:
    async with a_journey(platform) as one:
        for step in (one.register, one.add_institution, one.authorise, one.nation_approves_mandate):
            await step()
        record, subject = f"/institutions/{one.institution['record_id']}", one.institution["record_id"]
        county, city, *_ = await reviewers_of(one)
        names = [each[1] for each in HUNAN.units]
        await one.fill_in(submit=False)
        assert (one.institution["state"], one.institution["under_review"]) == ("draft", None)

        async def held_by(level: str, unit: str) -> dict[str, Any]:
            seen: dict[str, Any] = await one.person.until(
                record, lambda it: (it["under_review"] or {}).get("level") == level
            )
            assert (seen["state"], seen["under_review"]["unit_name"]) == ("submitted", unit)
            [mine] = (await one.person.get("/institutions/mine"))["items"]
            assert [mine[name] for name in ("state", "level", "unit_name", "since")] == [
                *("submitted", level, unit, seen["since"])
            ]
            return seen

        one.institution = await one.person.post(
            f"{record}/submission", json={"version": one.institution["version"]}
        )
        first = await held_by("county", names[0])
        await decide(county, subject)
        second = await held_by("city", names[1])
        assert second["since"] > first["since"]
        reasons = [{"field": "address", "reason": "门牌号与证照不一致。"}]
        await decide(city, subject, "return", reasons=reasons, note="请更正")
        returned = await one.person.until(record, lambda seen: seen["state"] == "returned")
        assert (returned["under_review"], returned["since"] > second["since"]) == (None, True)
        case = await one.person.get(f"/subjects/{subject}/case")
        assert [(step["what"], step["unit_name"]) for step in case["timeline"]] == [
            *(("filed", names[0]), ("reported", names[0]), ("returned", names[1])),
        ]
        last = case["timeline"][-1]
        assert (last["reasons"], last["note"], last["by_name"]) == (reasons, "请更正", None)
        assert [step["at"] for step in case["timeline"]] == sorted(step["at"] for step in case["timeline"])
        one.institution = await one.person.post(f"{record}/submission", json={"version": returned["version"]})
        approval = await approved(one)
        assert (approval["state"], approval["under_review"]) == ("approved", None)
        case = await one.person.get(f"/subjects/{subject}/case")
        assert len(case["timeline"]) == 8
        assert {step["submission"] for step in case["timeline"]} == {1, 2}
