"""The end of an institution: archived by a superior unit, with its staff, cases, agreements and code."""

from typing import Any

import pytest

from deploy.laptop.demo.journey import Journey
from deploy.laptop.demo.person import Person, Refused
from deploy.laptop.stack.platform import Platform
from tests.journeys.test_agreements import add, path_of
from tests.journeys.test_institutions import save
from tests.journeys.test_number_changes import begun, refused, submit
from tests.journeys.test_number_changes import coded as coded_institution
from tests.journeys.test_staff import added, coded, person, submitted
from tests.platforms import a_journey, approved, decide, filed, reviewers_of

pytestmark = pytest.mark.xdist_group("platform")

REASON = "该机构已注销，执业许可证已收回"


async def archived(unit: Person, path: str, **more: Any) -> dict[str, Any]:
    """The record after a unit has looked at what goes along, and confirmed the archive."""
    preview = await unit.get(f"{path}/archive")
    body = {"version": preview["version"], "name": preview["name"], "reason": REASON, **more}
    record: dict[str, Any] = await unit.post(f"{path}/archive", json=body)
    return record


async def resubmitted(one: Journey, path: str, address: str) -> None:
    """The record, changed and submitted once more."""
    await save(one, path, address=address)
    seen = await one.person.get(path)
    one.institution = await one.person.post(f"{path}/submission", json={"version": seen["version"]})


@pytest.mark.requirement("INS-5")
async def test_a_superior_unit_archives_an_institution_with_its_staff_cases_and_agreements(
    platform: Platform,
) -> None:
    async with a_journey(platform) as one, a_journey(platform) as other:
        path = await coded_institution(one)
        await filed(other)
        await approved(other)
        values = person(one, "多点样本")
        here, there = await added(one, values), await added(other, values)
        doctor, elsewhere = await coded(one, here), await coded(other, there)
        waiting = await submitted(one, await added(one, person(one, "在审样本")))
        agreement = await add(one.person, one.institution["record_id"])
        await resubmitted(one, path, "和平路9号")
        county, city, *_ = await reviewers_of(one)
        # The county looks, and the city decides, once it has seen what goes along and written the name.
        assert (await county.get(f"{path}/archive"))["problem"]["code"] == "archive-by-superior-unit"
        assert await refused(archived(county, path)) == "archive-by-superior-unit"
        preview = await city.get(f"{path}/archive")
        assert preview["dependents"] == {"physician": {"records": 2, "under_review": 1}}
        assert (preview["code"], preview["under_review"], preview["problem"]) == (
            *(one.institution["code"], True, None),
        )
        assert await refused(archived(city, path, name="另一家医院")) == "fields-refused"
        await archived(city, path)
        for reader in (one.person, county):
            seen = await reader.get(path)
            assert (seen["life"], seen["archive"]["reason"], seen["locked"]) == ("archived", REASON, False)
            assert seen["in_force"]["values"]["address"] == "和平路1号"
        assert await refused(save(one, path, address="和平路10号")) == "record-archived"
        assert await refused(added(one, person(one))) == "record-archived"
        # The staff go along; who practises elsewhere stays there, with the code.
        for record in (doctor, waiting):
            theirs = await one.person.get(f"/physicians/{record['record_id']}")
            assert (theirs["life"], theirs["locked"], theirs["archive"]["reason"]) == ("archived", False, REASON)
        stays = await other.person.get(f"/physicians/{elsewhere['record_id']}")
        assert (stays["life"], stays["code"], doctor["code"]) == ("in-force", doctor["code"], elsewhere["code"])
        practices = (await other.person.get(f"/practitioners/{stays['code_holder_id']}"))["practices"]
        assert {each["provider_id"]: each["life"] for each in practices} == {
            one.institution["record_id"]: "archived",
            other.institution["record_id"]: "in-force",
        }
        for record in (one.institution, waiting):
            case = f"/subjects/{record['record_id']}/case"
            closed = await one.person.until(case, lambda found: found["stage"] == "withdrawn")
            assert (closed["timeline"][-1]["what"], closed["timeline"][-1]["note"]) == ("archived", REASON)
        ended = await one.person.until(path_of(agreement), lambda found: found["state"] == "ended")
        assert ended["actions"] == []


@pytest.mark.requirement("COD-4")
async def test_a_code_outlives_a_number_change_a_review_and_the_archive_and_is_given_to_nobody(
    platform: Platform,
) -> None:
    async with a_journey(platform) as one:
        path = await coded_institution(one)
        code, former, numbers = one.institution["code"], one.institution["numbers"], one.numbers()
        wanted = {"uscc": numbers.uscc, "licence_number": numbers.licence_number}
        change = await begun(one, **wanted)
        await submit(one, change)
        for reviewer in await reviewers_of(one):
            await decide(reviewer, change["record_id"])
        await one.person.until(path, lambda seen: seen["numbers"] == wanted)
        await resubmitted(one, path, "和平路2号")
        again = await approved(one)
        assert (again["code"], again["in_force"]["values"]["address"]) == (code, "和平路2号")
        assert (await one.person.get(f"/codes/{code}"))["retired_at"] is None
        _, city, *_ = await reviewers_of(one)
        await archived(city, path)
        found = await one.person.until(f"/codes/{code}", lambda seen: seen["retired_at"])
        assert (found["code"], found["subject_id"]) == (code, one.institution["record_id"])
        # Neither by its present nor by its former numbers does anybody come to the code, or to a second one.
        for taken in (wanted, former):
            new = {"name": one.name, **taken, "pooling_region": one.place.county}
            assert (
                await refused(one.person.post("/institutions", json={"values": new})) == "record-exists-archived"
            )
        with pytest.raises(Refused) as unknown:
            await one.person.get(f"{path}/archive")
        assert unknown.value.status == 403


@pytest.mark.requirement("INS-5")
async def test_before_its_approval_an_institution_is_deleted_and_can_be_added_anew(platform: Platform) -> None:
    async with a_journey(platform) as one:
        await filed(one)
        path = f"/institutions/{one.institution['record_id']}"
        seen = await one.person.get(path)
        assert await refused(one.person.delete(f"{path}?version={seen['version']}")) == "record-locked"
        county, *_ = await reviewers_of(one)
        reasons = [{"field": "", "reason": "无效数据，请删除"}]
        await decide(county, one.institution["record_id"], "return", reasons=reasons)
        seen = await one.person.until(path, lambda found: found["state"] == "returned")
        await one.person.delete(f"{path}?version={seen['version']}")
        assert await refused(one.person.get(path)) == "not-found"
        case = f"/subjects/{one.institution['record_id']}/case"
        closed = await county.until(case, lambda found: found["stage"] == "withdrawn")
        assert closed["timeline"][-1]["what"] == "deleted"
        new = {"name": seen["name"], **seen["numbers"], "pooling_region": one.place.county}
        added_anew = await one.person.post("/institutions", json={"values": new})
        assert (added_anew["life"], added_anew["version"]) == ("draft", 1)
