"""Accounts: who registers, what their letter opens, and who may do what for a unit."""

from typing import Any

import pytest

from deploy.laptop.demo.journey import Journey
from deploy.laptop.demo.person import Person, Refused
from deploy.laptop.demo.places import HUNAN, JIANGSU
from deploy.laptop.demo.sample_files import as_pdf, as_photo, identity_number, picture
from deploy.laptop.stack.platform import Platform
from tests.journeys.test_authorisations import account_approved, add, granted, letter
from tests.platforms import a_journey, decide

pytestmark = pytest.mark.xdist_group("platform")

QUESTIONS = ("您第一所学校的名称？", "您母亲的出生地？", "您最喜欢的书？")


def registration(one: Journey, **more: Any) -> dict[str, Any]:
    """What a clerk registers with."""
    return {
        "username": one.person.username,
        "password": one.person.password,
        "name": "周立平",
        "id_number": identity_number(HUNAN.county, one.chance),
        "phone": "0399-80000000",
        "region": HUNAN.county,
        "security_questions": [{"question": each, "answer": f"样本{each[1:4]}"} for each in QUESTIONS],
        **more,
    }


async def papers(person: Person) -> dict[str, str]:
    """The receipts of both sides of an ID card and of the institution's certificate."""
    page = picture("样本", ["证照"])
    uploads = {
        "id_card_front": (as_photo(page), "image/jpeg", "正面.jpg"),
        "id_card_back": (as_photo(page), "image/jpeg", "反面.jpg"),
        "certificate": (as_pdf(page), "application/pdf", "证书.pdf"),
    }
    return {field: (await person.upload("/documents", *one))["receipt"] for field, one in uploads.items()}


async def refused(asking: Any) -> Refused:
    """Why something is refused."""
    with pytest.raises(Refused) as problem:
        await asking
    return problem.value


@pytest.mark.requirement("ACC-1")
async def test_anyone_registers_with_an_id_card_and_files_it_with_the_papers(platform: Platform) -> None:
    async with a_journey(platform) as one:
        form = registration(one)
        empty = {**form, "username": "x", "password": "1", "name": "", "id_number": "1", "phone": "1"}
        problem = await refused(one.person.post("/accounts", json={**empty, "security_questions": []}))
        wrong = {each["field"] for each in problem.problem["errors"]}
        assert wrong == {"username", "password", "name", "id_number", "phone", "security_questions"}
        unknown = await refused(one.person.post("/accounts", json={**form, "region": "430398"}))
        assert [each["code"] for each in unknown.problem["errors"]] == ["region-unknown"]
        account = await one.person.post("/accounts", json=form)
        assert [account[name] for name in ("username", "name", "region", "role")] == [
            *(form["username"], form["name"], form["region"], "maintainer"),
        ]
        assert account["id_number_masked"][-2:] == form["id_number"][-2:]
        assert form["id_number"] not in str(account)
        taken = await refused(one.person.post("/accounts", json=registration(one, password="Other-1900-word")))
        assert (taken.status, taken.code) == (409, "username-taken")
        await one.person.sign_in()
        receipts = await papers(one.person)
        for missing in receipts:
            some = {field: receipt for field, receipt in receipts.items() if field != missing}
            problem = await refused(one.person.post("/accounts/current/submission", json=some))
            assert (problem.status, [each["field"] for each in problem.problem["errors"]]) == (422, [missing])
        filed = await one.person.post("/accounts/current/submission", json=receipts)
        assert filed["state"] == "submitted"
        # The nation's reviewer compares the papers with the full numbers.
        nation = await one.known("nation.reviewer").sign_in()
        case = await nation.until(f"/subjects/{account['account_id']}/case", lambda seen: seen["actions"])
        assert {each["field"]: each["pages"] for each in case["attachments"]} == dict.fromkeys(receipts, 1)
        numbers = await nation.get(f"/accounts/{account['account_id']}/numbers")
        assert (numbers["id_number"], numbers["phone"]) == (form["id_number"], "0399-80000000")


@pytest.mark.requirement("ACC-2")
async def test_account_and_letter_take_effect_once_the_nation_approved_both(platform: Platform) -> None:
    async with a_journey(platform) as one:
        await one.register()
        await one.add_institution()
        record = f"/institutions/{one.institution['record_id']}"
        change = {"version": 1, "values": {"address": "和平路3号"}}
        nation = await one.known("nation.reviewer").sign_in()
        account_id = one.person.account["account_id"]

        async def account_once(state: str) -> dict[str, Any]:
            seen: dict[str, Any] = await one.person.until("/accounts/current", lambda it: it["state"] == state)
            return seen

        submitted = await one.person.until("/accounts/current", lambda it: it["unit_name"])
        assert (submitted["state"], submitted["level"]) == ("submitted", "nation")
        authorisation = await letter(one, one.entrusted)
        await decide(nation, authorisation["authorisation_id"])
        path = f"/authorisations/{authorisation['authorisation_id']}"
        seen = await one.person.until(path, lambda it: it["state"] == "approved")
        # The letter is approved, the account is not: nothing is open yet.
        assert not seen["in_force"]
        assert (await refused(one.person.put(record, json=change))).code == "scope-required"
        await decide(nation, account_id, "return", reasons=[{"field": "id_card_front", "reason": "照片不清晰"}])
        returned = await account_once("returned")
        case = await one.person.get(f"/subjects/{account_id}/case")
        assert case["reasons"] == [{"field": "id_card_front", "reason": "照片不清晰"}]
        assert returned["since"] > submitted["since"]
        await one.person.post("/accounts/current/submission", json=await papers(one.person))
        assert (await account_once("submitted"))["submission"] == 2
        assert (await refused(one.person.put(record, json=change))).code == "scope-required"
        await decide(nation, account_id)
        await account_once("approved")
        await one.person.until(path, lambda it: it["in_force"])
        assert (await one.person.put(record, json=change))["values"]["address"] == "和平路3号"


@pytest.mark.requirement("ACC-3")
async def test_each_scope_opens_its_own_part_and_no_other(platform: Platform) -> None:
    async with a_journey(platform) as one, a_journey(platform) as nurse:
        for each in (one, nurse):
            await each.register()
            await account_approved(each)
        record = await add(one, one.name)
        provider, path = [record["record_id"]], f"/institutions/{record['record_id']}"
        both = {"scopes": ["institution", "pharmacy"], "provider_ids": provider}
        mixed = await refused(one.person.post("/authorisations", json=both))
        assert [each["code"] for each in mixed.problem["errors"]] == ["scopes-of-two-kinds"]
        of_pharmacies = await refused(
            one.person.post("/authorisations", json={"scopes": ["pharmacy"], "provider_ids": provider})
        )
        assert [each["code"] for each in of_pharmacies.problem["errors"]] == ["no-such-provider"]
        await granted(nurse, await letter(nurse, provider, ["nurse"]))
        await granted(one, await letter(one, provider, ["institution"]))
        change = {"version": record["version"], "values": {"address": "和平路4号"}}
        # Who keeps the nurses sees that the institution is there, and nothing of its record.
        seen = await nurse.person.get(path)
        assert (seen["name"], seen["values"], seen["attachments"]) == (one.name, None, None)
        assert (await refused(nurse.person.put(path, json=change))).code == "scope-required"
        [mine] = (await nurse.person.get("/institutions/mine"))["items"]
        assert mine["scopes"] == ["nurse"]
        assert (await one.person.put(path, json=change))["values"]["address"] == "和平路4号"


@pytest.mark.requirement("ACC-4", "ACC-7")
async def test_one_account_holds_the_institution_and_a_forgotten_scope_is_added(platform: Platform) -> None:
    async with a_journey(platform) as one, a_journey(platform) as two:
        for each in (one, two):
            await each.register()
            await account_approved(each)
        record = await add(one, one.name)
        provider = [record["record_id"]]
        # Both ask while nobody holds it; the second that is approved gets what is left.
        letters = [await letter(each, provider, ["institution", "nurse"]) for each in (one, two)]
        await granted(one, letters[0])
        late = await granted(two, letters[1])
        assert late["held_by_others"] == provider

        async def scopes(who: Journey) -> list[str]:
            [mine] = (await who.person.get("/institutions/mine"))["items"]
            held: list[str] = mine["scopes"]
            return held

        assert (await scopes(one), await scopes(two)) == (["institution", "nurse"], ["nurse"])
        third = {"scopes": ["institution"], "provider_ids": provider}
        held = await refused(two.person.post("/authorisations", json=third))
        assert (held.status, held.code) == (409, "provider-scope-held")
        assert one.name in held.problem["title"]
        # A scope that was forgotten is asked for by a further letter; the account stays as it is.
        for each in (one, two):
            supplement = await granted(each, await letter(each, provider, ["physician"]))
            assert supplement["scopes"] == ["physician"]
        assert await scopes(one) == ["institution", "nurse", "physician"]
        assert await scopes(two) == ["nurse", "physician"]


@pytest.mark.requirement("ACC-9")
async def test_a_city_registers_its_county_and_gives_it_accounts_for_two_purposes(platform: Platform) -> None:
    async with a_journey(platform) as one:
        city = await one.known("xiangtan.maintainer").sign_in()
        county = {"name": "湘乡市医疗保障局", "region": "430381"}
        unit = await city.post("/units", json=county)
        assert unit["level"] == "county"
        assert (await refused(city.post("/units", json=county))).code == "unit-exists"
        for beyond in ("430200", "430000", JIANGSU.county):
            problem = await refused(city.post("/units", json={"name": "某医疗保障局", "region": beyond}))
            assert (problem.status, problem.code) == (403, "unit-beyond-region")
        people = {}
        for role in ("reviewer", "agency"):
            account = {
                "username": f"xiangxiang.{role}",
                "password": "Xiangxiang-1900",
                "name": "县级人员",
                "role": role,
            }
            opened = await city.post(f"/units/{unit['unit_id']}/accounts", json=account)
            assert (opened["role"], opened["region"], opened["state"]) == (role, "430381", "approved")
            person = Person(one.http, one.description["gateway"], account["username"], account["password"])
            people[role] = await person.sign_in()
        # One reviews and opens nothing, the other keeps the unit's business and reviews nothing.
        assert (await people["reviewer"].get("/cases"))["items"] == []
        assert (await refused(people["agency"].get("/cases"))).code == "role-required"
        more = {"username": "more.xiangxiang", "password": "Xiangxiang-1900", "name": "人员", "role": "reviewer"}
        accounts = f"/units/{unit['unit_id']}/accounts"
        assert (await refused(people["reviewer"].post(accounts, json=more))).code == "role-required"
        assert (await people["agency"].post(accounts, json=more))["role"] == "reviewer"
        [above] = (await city.get("/units", params={"region": "430300", "name": "湘潭市医疗保障局"}))["items"]
        upward = people["agency"].post(
            f"/units/{above['unit_id']}/accounts", json={**more, "username": "xiangxiang.up"}
        )
        assert (await refused(upward)).code == "unit-beyond-region"
