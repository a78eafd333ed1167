"""A successor takes a provider over, and a wrong number in a letter is corrected without registering again."""

from typing import Any

import pytest

from deploy.laptop.demo.chain import StoreJourney
from deploy.laptop.demo.journey import Journey
from deploy.laptop.demo.person import Person, Refused
from deploy.laptop.stack.platform import Platform
from tests.environment import until
from tests.journeys.test_accounts import refused
from tests.journeys.test_authorisations import account_approved, granted, scanned
from tests.journeys.test_institutions import save, submit
from tests.journeys.test_number_changes import begun, coded
from tests.journeys.test_pharmacies import pages_of
from tests.journeys.test_staff import added, person
from tests.platforms import a_journey, decide, reviewers_of

pytestmark = pytest.mark.xdist_group("platform")


async def requested(one: Journey, provider_id: str, scopes: list[str]) -> dict[str, Any]:
    """A request for a handover."""
    wanted = {"scopes": scopes, "provider_ids": [provider_id]}
    plain = await refused(one.person.post("/authorisations", json=wanted))
    assert (plain.code, "交接" in plain.problem["next_step"]) == ("provider-scope-held", True)
    handover: dict[str, Any] = await one.person.post("/authorisations", json={**wanted, "handover": True})
    return handover


async def codes(*attempts: Any) -> list[str]:
    """The codes with which these are refused."""
    return [(await refused(attempt)).code for attempt in attempts]


async def left_behind(former: Journey, path: str) -> dict[str, str]:
    """Paths of what the former maintainer works on: staff, an application, an agreement, a case, its document."""
    record_id = former.institution["record_id"]
    await former.agree()
    physician = await added(former, person(former))
    change = await begun(former, uscc=former.numbers().uscc)
    await save(former, path, address="和平路6号")
    await submit(former, path)
    case = await former.person.until(f"/subjects/{record_id}/case", lambda seen: seen["stage"] == "under_review")
    document = case["attachments"][0]["document_id"]
    return {
        "physician": f"/physicians/{physician['record_id']}",
        "change": f"/institution-number-changes/{change['record_id']}",
        "record": path,
        "agreement": f"/agreements/{former.agreement['agreement_id']}",
        "case": f"/subjects/{record_id}/case",
        "document": f"/documents/{document}/content",
    }


async def signed_out(one: Person) -> bool:
    """Whether the account's session is over."""
    try:
        await one.get("/accounts/current")
    except Refused as refusal:
        return refusal.status == 401
    return False


@pytest.mark.requirement("ACC-10")
async def test_a_successor_takes_over_with_all_that_is_under_way_and_the_predecessor_is_out(
    platform: Platform,
) -> None:
    async with a_journey(platform) as former, a_journey(platform) as successor:
        path = await coded(former)
        paths = await left_behind(former, path)
        await successor.register()
        await account_approved(successor)
        handover = await requested(successor, former.institution["record_id"], ["institution", "physician"])
        letter = f"/letters/{handover['authorisation_id']}"
        await successor.person.until(letter, lambda seen: seen["letter_number"])
        printed = "".join(pages_of(await successor.person.get(f"{letter}/content")))
        masked = f"{former.place.person[0]}*"
        assert "维护权限交接" in printed
        assert f"原维护人员：{masked}" in printed
        assert former.place.person not in printed.replace(successor.place.person, "", 1)
        await scanned(successor, handover)
        # The nation reads who loses what.
        nation = await successor.known("nation.reviewer").sign_in()
        case = await nation.until(f"/subjects/{handover['authorisation_id']}/case", lambda seen: seen["actions"])
        [named] = case["values"]["providers"]
        assert case["values"]["handover"] is True
        assert named["former_maintainer"]["name_masked"] == masked
        assert named["former_maintainer"]["scopes"] == ["institution", "nurse", "physician"]
        [mine] = (await former.person.get("/authorisations"))["items"]
        assert [each["completed"] for each in mine["handed_over"]] == [False]
        for each in paths.values():
            assert await former.person.get(each)
        await granted(successor, handover)
        for each in paths.values():
            assert await successor.person.until(each, bool)
        await until(lambda: signed_out(former.person), what="the end of the session")
        await former.person.sign_in()
        assert (await former.person.get("/institutions/mine"))["items"] == []
        gone = await refused(former.person.get(path))
        assert (gone.status, gone.code, bool(gone.problem["date"])) == (403, "scope-handed-over", True)
        assert set(await codes(*(former.person.get(each) for each in paths.values()))) == {
            *("scope-handed-over", "not-found"),
        }
        [mine] = (await former.person.get("/authorisations"))["items"]
        assert (mine["in_force"], mine["handed_over"][0]["completed"]) == (False, True)
        # What was submitted stays under review, and is the successor's.
        for reviewer in await reviewers_of(former):
            await decide(reviewer, former.institution["record_id"])
        after = await successor.person.until(path, lambda seen: seen["state"] == "approved")
        assert (after["in_force"]["values"]["address"], after["code"]) == (
            *("和平路6号", former.institution["code"]),
        )
        draft = await successor.person.get(paths["physician"])
        update = {"version": draft["version"], "values": {"name": "沈样本"}}
        assert await successor.person.put(paths["physician"], json=update)


@pytest.mark.requirement("ACC-10", "ACC-4")
async def test_a_returned_handover_changes_nothing_and_one_is_under_review_at_a_time(platform: Platform) -> None:
    async with (
        a_journey(platform, kind=StoreJourney) as former,
        a_journey(platform, kind=StoreJourney) as one,
        a_journey(platform, kind=StoreJourney) as other,
    ):
        for step in (former.register, former.add_institution, former.authorise, former.nation_approves_mandate):
            await step()
        record_id = former.institution["record_id"]
        path = f"/pharmacies/{record_id}"
        for each in (one, other):
            await each.register()
            await account_approved(each)
        handover = await requested(one, record_id, ["pharmacy"])
        late = await requested(other, record_id, ["pharmacy"])
        await scanned(one, handover)
        again = {"scopes": ["pharmacy", "pharmacist"], "provider_ids": [record_id], "handover": True}
        under_review = await refused(other.person.post("/authorisations", json=again))
        assert (under_review.code, bool(under_review.problem["since"])) == ("handover-under-review", True)
        nation = await one.known("nation.reviewer").sign_in()
        reasons = [{"field": "scan", "reason": "原维护人员未离职。"}]
        await decide(nation, handover["authorisation_id"], "return", reasons=reasons)
        await one.person.until(
            f"/authorisations/{handover['authorisation_id']}", lambda seen: seen["state"] == "returned"
        )
        assert (await save(former, path, address="和平路5号"))["values"]["address"] == "和平路5号"
        assert (await refused(one.person.get(path))).status == 404
        # The other one's letter is as good as before.
        await granted(other, await scanned(other, late))
        assert (await save(other, path, address="和平路7号"))["values"]["address"] == "和平路7号"
        [mine] = (await other.person.get("/pharmacies/mine"))["items"]
        assert mine["scopes"] == ["pharmacy"]


@pytest.mark.requirement("ACC-8", "AUT-5")
async def test_a_wrong_credit_code_is_corrected_and_the_next_version_of_the_letter_is_taken(
    platform: Platform,
) -> None:
    async with a_journey(platform) as one:
        await one.register()
        await account_approved(one)
        await one.add_institution()
        path = f"/institutions/{one.institution['record_id']}"
        wanted = {"scopes": ["institution"], "provider_ids": one.entrusted}
        authorisation = await one.person.post("/authorisations", json=wanted)
        letter = f"/letters/{authorisation['authorisation_id']}"
        await one.person.until(letter, lambda seen: seen["letter_number"])
        wrong = await one.person.get(f"{letter}/content")
        # In the letter the clerk sees the wrong code: it is corrected where it was typed.
        right = one.numbers().uscc
        corrected = await save(one, path, uscc=right)
        assert corrected["numbers"]["uscc"] == right
        renewed = await one.person.until(
            f"/authorisations/{authorisation['authorisation_id']}", lambda seen: seen["letter_version"] == 2
        )
        assert (renewed["letter_number"], renewed["state"]) == (authorisation["letter_number"], "prepared")
        await one.person.until(letter, lambda seen: seen["letter_version"] == 2)
        printed = "".join(pages_of(await one.person.get(f"{letter}/content", params={"letter_version": "2"})))
        assert (right in printed, one.institution["numbers"]["uscc"] in printed) == (True, False)
        void = await refused(one.person.upload(f"{letter}/scans", wrong, "application/pdf", "旧版授权书.pdf"))
        assert (void.status, void.code) == (409, "letter-outdated")
        assert "第 1 版" in void.problem["title"]
        # Under review it stays as the reviewer reads it; its maintainer corrects it until it is coded.
        await scanned(one, renewed)
        assert (await refused(save(one, path, uscc=one.numbers().uscc))).code == "numbers-under-review"
        await granted(one, renewed)
        again = one.numbers().uscc
        assert (await save(one, path, uscc=again))["numbers"]["uscc"] == again
