"""Agreements between an institution and agencies: who adds, confirms, changes and deletes them."""

from typing import Any

import pytest

from deploy.laptop.demo.journey import Journey
from deploy.laptop.demo.person import Person, Refused
from deploy.laptop.demo.places import HUNAN, JIANGSU
from deploy.laptop.demo.sample_files import as_pdf, picture
from deploy.laptop.stack.platform import Platform
from tests.journeys.conftest import Resumed
from tests.platforms import a_journey, approved, filed

pytestmark = pytest.mark.xdist_group("platform")

CITY_CODE, CITY_NAME, CITY = HUNAN.units[1]
TERMS = {
    "agreement_type": "1",
    "name": "定点医疗机构服务协议",
    "sign_year": 2026,
    "signed_on": "2026-01-05",
    "begins_on": "2026-01-01",
    "ends_on": "2027-12-31",
    "charging_level": "3",
    "service_objects": ["310"],
    "service_scope": ["1"],
}


async def paper(person: Person) -> str:
    """The receipt of an agreement's first and signature pages."""
    page = as_pdf(picture("服务协议（样本）", ["首页及签章页"]))
    return str((await person.upload("/documents", page, "application/pdf", "协议.pdf"))["receipt"])


async def agency_id(person: Person, region: str = CITY_CODE, name: str = CITY_NAME) -> str:
    """The agency that is found by region and name."""
    [found] = (await person.get("/agencies", params={"region": region, "name": name}))["items"]
    return str(found["unit_id"])


async def add(person: Person, provider_id: str, **more: Any) -> dict[str, Any]:
    """An agreement with the city's agency, added by this person."""
    wanted = {"provider_id": provider_id, "values": TERMS, **more}
    wanted.setdefault("agency_id", await agency_id(person))
    wanted.setdefault("attachment", await paper(person))
    agreement: dict[str, Any] = await person.post("/agreements", json=wanted)
    return agreement


async def agency_of(one: Journey, short: str = CITY) -> Person:
    """The maintainer of a unit, signed in."""
    return await one.known(f"{short}.maintainer").sign_in()


def path_of(agreement: dict[str, Any]) -> str:
    """Where an agreement is read and changed."""
    return f"/agreements/{agreement['agreement_id']}"


async def changed(person: Person, agreement: dict[str, Any], **terms: Any) -> dict[str, Any]:
    """The agreement with other terms."""
    body = {"version": agreement["version"], "values": {**agreement["values"], **terms}}
    answer: dict[str, Any] = await person.put(path_of(agreement), json=body)
    return answer


@pytest.mark.requirement("AGR-1")
async def test_a_maintainer_submits_an_agreement_and_the_chosen_agency_alone_finds_it(coded: Resumed) -> None:
    async with coded() as one:
        offered = (await one.person.get("/agreements/providers", params={"name": one.name[-4:]}))["items"]
        [provider] = offered
        assert (provider["provider_id"], provider["code"]) == (
            one.institution["record_id"],
            one.institution["code"],
        )
        with pytest.raises(Refused) as unread:
            await add(one.person, provider["provider_id"], values={"name": "协议"})
        wrong = {each["field"] for each in unread.value.problem["errors"]}
        assert {"agreement_type", "signed_on", "begins_on", "ends_on", "service_objects"} <= wrong
        agreement = await add(one.person, provider["provider_id"])
        assert (agreement["state"], agreement["agency_name"]) == ("to_confirm", CITY_NAME)
        assert agreement["attachment"]["pages"] == 1
        agency = await agency_of(one)
        waiting = (await agency.get("/agreements", params={"state": "to_confirm"}))["items"]
        assert agreement["agreement_id"] in {each["agreement_id"] for each in waiting}
        assert (await agency.get(path_of(agreement)))["values"] == agreement["values"]
        paper_path = f"/documents/{agreement['attachment']['document_id']}/content"
        assert (await agency.until(paper_path, bytes)).startswith(b"%PDF-")
        for short in ("yuhu", "xuzhou"):
            other = await agency_of(one, short)
            listed = (await other.get("/agreements"))["items"]
            assert agreement["agreement_id"] not in {each["agreement_id"] for each in listed}
        with pytest.raises(Refused) as hidden:
            await other.get(path_of(agreement))
        assert hidden.value.status == 404


@pytest.mark.requirement("AGR-2")
async def test_an_agency_mends_an_agreement_before_and_after_it_confirms_it(coded: Resumed) -> None:
    async with coded() as one:
        agreement = await add(one.person, one.institution["record_id"])
        with pytest.raises(Refused) as own:
            await one.person.post(f"{path_of(agreement)}/confirmation", json={"version": agreement["version"]})
        assert (own.value.status, own.value.code) == (403, "role-required")
        agency = await agency_of(one)
        assert sorted((await agency.get(path_of(agreement)))["actions"]) == ["confirm", "edit"]
        mended = await changed(agency, agreement, ends_on="2026-12-31")
        assert (mended["state"], mended["values"]["ends_on"]) == ("to_confirm", "2026-12-31")
        confirmation = f"{path_of(agreement)}/confirmation"
        with pytest.raises(Refused) as stale:
            await agency.post(confirmation, json={"version": agreement["version"]})
        assert (stale.value.status, stale.value.code) == (409, "changed-meanwhile")
        confirmed = await agency.post(confirmation, json={"version": mended["version"]})
        assert confirmed["state"] == "confirmed"
        again = await changed(agency, confirmed, memo="按补充协议更正")
        assert (again["state"], again["values"]["memo"]) == ("confirmed", "按补充协议更正")
        # The institution reads what the agency made of it, and the next run enters that version.
        seen = await one.person.until(path_of(agreement), lambda it: it["entered_version"] == again["version"])
        assert (seen["values"], seen["state"]) == (again["values"], "confirmed")


@pytest.mark.requirement("AGR-3")
async def test_an_institution_edits_its_agreement_which_is_confirmed_again_and_deletes_it(coded: Resumed) -> None:
    async with coded() as one:
        agency = await agency_of(one)
        agreement = await add(one.person, one.institution["record_id"])
        confirmation = f"{path_of(agreement)}/confirmation"
        confirmed = await agency.post(confirmation, json={"version": agreement["version"]})
        edited = await changed(one.person, confirmed, ends_on="2028-12-31")
        assert edited["state"] == "to_confirm"
        assert (await agency.get(path_of(agreement)))["actions"] == ["edit", "confirm"]
        confirmed = await agency.post(confirmation, json={"version": edited["version"]})
        assert (confirmed["state"], confirmed["values"]["ends_on"]) == ("confirmed", "2028-12-31")
        with pytest.raises(Refused) as others:
            await agency.delete(path_of(agreement), params={"version": str(confirmed["version"])})
        assert (others.value.status, others.value.code) == (403, "role-required")
        await one.person.delete(path_of(agreement), params={"version": str(confirmed["version"])})
        for reader in (one.person, agency):
            listed = (await reader.get("/agreements"))["items"]
            assert agreement["agreement_id"] not in {each["agreement_id"] for each in listed}
            ended = await reader.get(path_of(agreement))
            assert (ended["state"], ended["actions"]) == ("terminated", [])
        with pytest.raises(Refused) as late:
            await changed(one.person, ended, memo="再改")
        assert (late.value.status, late.value.code) == (409, "agreement-terminated")


@pytest.mark.requirement("AGR-4")
async def test_an_agency_enters_an_agreement_with_an_institution_of_another_region(coded: Resumed) -> None:
    async with coded() as one:
        agency = await agency_of(one, "xuzhou")
        offered = (await agency.get("/agreements/providers", params={"name": one.name}))["items"]
        [provider] = [each for each in offered if each["provider_id"] == one.institution["record_id"]]
        assert provider["region"][:2] == HUNAN.province_code
        own = await agency_id(agency, JIANGSU.units[1][0], JIANGSU.units[1][1])
        agreement = await add(agency, provider["provider_id"], agency_id=own)
        assert (agreement["state"], agreement["added_by"]) == ("confirmed", "agency")
        # With nobody's consent it enters the library, and the institution reads it.
        seen = await one.person.until(path_of(agreement), lambda it: it["entered_at"])
        assert (seen["state"], seen["agency_name"]) == ("confirmed", JIANGSU.units[1][1])
        with pytest.raises(Refused) as another:
            await add(agency, provider["provider_id"], agency_id=await agency_id(agency))
        assert (another.value.status, another.value.code) == (403, "agency-is-another")


@pytest.mark.requirement("AGR-5")
async def test_agreements_are_independent_of_each_other(coded: Resumed) -> None:
    async with coded() as one:
        provider = one.institution["record_id"]
        city, province = await agency_of(one), await agency_of(one, HUNAN.units[2][2])
        hunan = await agency_id(one.person, HUNAN.units[2][0], HUNAN.units[2][1])
        workers = await add(one.person, provider, values={**TERMS, "service_objects": ["310"]})
        births = await add(one.person, provider, values={**TERMS, "service_objects": ["510"]})
        above = await add(one.person, provider, agency_id=hunan)
        confirmed = await city.post(f"{path_of(workers)}/confirmation", json={"version": workers["version"]})
        await one.person.delete(path_of(births), params={"version": str(births["version"])})
        states = {each["agreement_id"]: each["state"] for each in (await one.person.get("/agreements"))["items"]}
        assert states[workers["agreement_id"]] == "confirmed"
        assert states[above["agreement_id"]] == "to_confirm"
        assert births["agreement_id"] not in states
        assert (await province.get(path_of(above)))["actions"] == ["edit", "confirm"]
        assert confirmed["values"]["service_objects"] == ["310"]
        entered = await one.person.until(path_of(workers), lambda seen: seen["entered_at"])
        assert (entered["version"], (await province.get(path_of(above)))["version"]) == (confirmed["version"], 1)


@pytest.mark.requirement("AGR-6")
async def test_an_expired_agreement_is_recorded_and_shares_its_pdf_with_another(coded: Resumed) -> None:
    async with coded() as one:
        agency = await agency_of(one)
        shared = await paper(one.person)
        past = {**TERMS, "sign_year": 2024, "signed_on": "2024-01-05", "begins_on": "2024-01-01"}
        expired = await add(
            one.person,
            one.institution["record_id"],
            values={**past, "ends_on": "2024-12-31"},
            attachment=shared,
        )
        assert expired["expired"]
        current = await add(one.person, one.institution["record_id"], attachment=shared)
        assert not current["expired"]
        assert current["attachment"] == expired["attachment"]
        for each in (expired, current):
            await agency.post(f"{path_of(each)}/confirmation", json={"version": each["version"]})
            seen = await one.person.until(path_of(each), lambda it: it["entered_at"])
            assert (seen["state"], seen["expired"]) == ("confirmed", each["expired"])
        # Deleting one leaves the other its PDF.
        last = await one.person.get(path_of(expired))
        await one.person.delete(path_of(expired), params={"version": str(last["version"])})
        content = await agency.get(f"/documents/{current['attachment']['document_id']}/content")
        assert content.startswith(b"%PDF-")


@pytest.mark.requirement("AGR-8")
async def test_an_agreement_waits_until_the_institution_is_approved(platform: Platform) -> None:
    async with a_journey(platform) as one:
        await filed(one)
        agency = await agency_of(one)
        for person in (one.person, agency):
            found = await person.get("/agreements/providers", params={"name": one.name})
            assert one.institution["record_id"] not in {each["provider_id"] for each in found["items"]}
            with pytest.raises(Refused) as early:
                await add(person, one.institution["record_id"])
            assert (early.value.status, early.value.code) == (409, "provider-not-approved")
            assert "审核通过" in early.value.problem["title"]
        await approved(one)
        by_name = {"name": one.name}
        await one.person.until("/agreements/providers", lambda seen: seen["items"], params=by_name)
        assert (await add(one.person, one.institution["record_id"]))["state"] == "to_confirm"
        assert (await add(agency, one.institution["record_id"]))["state"] == "confirmed"
