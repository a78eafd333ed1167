"""Retail pharmacies through the gateway: chains and single stores, their licences, letters and codes."""

import re
from typing import Any

import pytest

from deploy.laptop.demo.chain import ChainJourney, StoreJourney
from deploy.laptop.demo.journey import Journey
from deploy.laptop.demo.person import Refused
from deploy.laptop.demo.sample_files import Numbers
from deploy.laptop.stack.platform import Platform
from services.documents.pdf.rendering import opened
from tests.platforms import a_journey

pytestmark = pytest.mark.xdist_group("platform")

FORMER_NAME = "湘潭样本大药房旧名店"
LEVELS = ["county", "city", "province", "nation"]


class RenamedStore(StoreJourney):
    """A store whose drug licence still has its former name."""

    def values(self) -> dict[str, Any]:
        """The record with both names."""
        return {**StoreJourney.values(self), "licence_name": FORMER_NAME}


class PharmacistsKeeper(StoreJourney):
    """Somebody who maintains a store's pharmacists, and not the store."""

    scopes = ("pharmacist",)


async def approved(one: Journey) -> None:
    """The journey up to the store's code, without an agreement."""
    one.returned_once = False
    for step in (
        one.register,
        one.add_institution,
        one.authorise,
        one.nation_approves_mandate,
        one.fill_in,
        one.review,
        one.receive_code,
    ):
        await step()


async def added(one: Journey, name: str) -> str:
    """A further store, with numbers of its own."""
    numbers = one.numbers()
    values = {"name": name, "uscc": numbers.uscc, "licence_number": numbers.licence_number}
    given = {"values": {**values, "pooling_region": one.place.county}}
    return str((await one.person.post("/pharmacies", json=given))["record_id"])


async def refused(one: Journey, path: str, body: dict[str, Any]) -> Refused:
    """Why something is not taken."""
    with pytest.raises(Refused) as refusal:
        await one.person.post(path, json=body)
    return refusal.value


def pages_of(pdf: bytes) -> list[str]:
    """The text of each page, without spaces."""
    with opened(pdf) as document:
        return ["".join(page.get_textpage().get_text_range().split()) for page in document]


@pytest.mark.requirement("PHA-1", "REV-1", "AGR-1")
async def test_a_chain_keeps_its_stores_by_one_account_each_with_its_own_record_code_and_agreement(
    platform: Platform,
) -> None:
    async with a_journey(platform, kind=ChainJourney) as chain:
        assert isinstance(chain, ChainJourney)
        await chain.play()
        mine = (await chain.person.get("/pharmacies/mine"))["items"]
        assert {one["record_id"] for one in mine} == set(chain.entrusted)
        assert len(mine) == len({one["code"] for one in mine}) == 3
        assert all(re.fullmatch(r"P430302\d{5}", one["code"]) for one in mine)
        assert [one["scopes"] for one in mine] == [["pharmacist", "pharmacy"]] * 3
        for store in chain.stores:
            case = await chain.person.get(f"/subjects/{store.institution['record_id']}/case")
            decided = [step["level"] for step in case["timeline"] if step["what"] in ("reported", "approved")]
            assert decided[-4:] == LEVELS
        agreements = (await chain.person.get("/agreements"))["items"]
        assert {one["provider_id"] for one in agreements} == set(chain.entrusted)


@pytest.mark.requirement("AUT-7")
async def test_a_chain_has_many_stores_in_one_letter_and_a_person_one(platform: Platform) -> None:
    async with a_journey(platform, kind=ChainJourney) as chain:
        assert isinstance(chain, ChainJourney)
        await chain.register()
        names = [f"{chain.place.chain}第{n}门店" for n in range(1, 41)]
        stores = [await added(chain, name) for name in names]
        asked = {"scopes": ["pharmacy", "pharmacist"], "provider_ids": stores}
        person = await refused(chain, "/authorisations", asked)
        assert (person.status, person.problem["errors"][0]["code"]) == (422, "one-pharmacy-for-a-person")
        whole = {**asked, "enterprise": chain.enterprise}
        letter = await chain.person.post("/authorisations", json=whole)
        path = f"/letters/{letter['authorisation_id']}"
        await chain.person.until(path, lambda one: one["letter_number"])
        pdf = await chain.person.get(f"{path}/content")
        pages = pages_of(pdf)
        assert len(pages) > 2
        assert all(letter["letter_number"] in page for page in pages)
        assert [f"第{n}页共{len(pages)}页" in page for n, page in enumerate(pages, start=1)] == [True] * len(pages)
        text = "".join(pages)
        assert [name for name in names if name not in text] == []
        assert "被授权企业（盖章）" in pages[-1]
        assert "授权单位（盖章）" not in text
        assert chain.enterprise["name"] in pages[-1]
        scan = await chain.person.upload(f"{path}/scans", pdf, "application/pdf", "授权书.pdf")
        assert scan["recognised"]
        one = await chain.person.post("/authorisations", json={**asked, "provider_ids": stores[:1]})
        path = f"/letters/{one['authorisation_id']}"
        await chain.person.until(path, lambda seen: seen["letter_number"])
        text = "".join(pages_of(await chain.person.get(f"{path}/content")))
        assert "授权单位（盖章）" in text
        assert "被授权企业" not in text


@pytest.mark.requirement("PHA-2", "COD-3")
async def test_the_business_licence_names_a_pharmacy_and_both_numbers_are_kept(platform: Platform) -> None:
    async with a_journey(platform, kind=RenamedStore, store="更名店") as one:
        await approved(one)
        path = f"/pharmacies/{one.institution['record_id']}"
        record = await one.person.get(path)
        held = record["in_force"]["values"]
        assert (record["name"], held["name"], held["licence_name"]) == (one.name, one.name, FORMER_NAME)
        assert record["numbers"] == {"uscc": held["uscc"], "licence_number": held["licence_number"]}
        assert [remark["code"] for remark in record["warnings"]] == ["licence-name-differs"]
        for query in (held["uscc"], held["licence_number"]):
            found = await one.person.get("/pharmacies", params={"query": query})
            assert [each["record_id"] for each in found["items"]] == [one.institution["record_id"]]
        code = await one.person.get(f"/codes/{record['code']}")
        assert (code["kind"], code["name"], code["code"][:7]) == ("pharmacy", one.name, "P430302")


@pytest.mark.requirement("PHA-5")
async def test_a_pharmacy_without_an_agreement_need_not_be_kept_and_may_be(platform: Platform) -> None:
    async with a_journey(platform, kind=StoreJourney, store="无协议店") as one:
        form = await one.person.get("/forms/pharmacy")
        [notice] = form["notices"]
        assert "未与任何医保部门签订协议的药店不要求维护" in notice["zh"]
        assert "need not be maintained" in notice["en"]
        await approved(one)
        assert (await one.person.get("/agreements"))["items"] == []
        record = await one.person.get(f"/pharmacies/{one.institution['record_id']}")
        assert (record["state"], record["code_state"]) == ("approved", "assigned")


@pytest.mark.requirement("AUT-3")
async def test_a_pharmacy_waits_for_its_credit_code(platform: Platform) -> None:
    async with a_journey(platform, kind=StoreJourney, store="老执照店") as one:
        await one.register()
        licence = Numbers.of_pharmacy(one.place.county, "湘", one.chance).licence_number
        values = {"name": one.name, "licence_number": licence, "pooling_region": one.place.county}
        refusal = await refused(one, "/pharmacies", {"values": values})
        [problem] = refusal.problem["errors"]
        assert (refusal.status, problem["field"], problem["code"]) == (422, "uscc", "pharmacy-uscc-required")
        assert "须取得统一社会信用代码" in problem["message"]
        refusal = await refused(one, "/pharmacies", {"values": {**values, "uscc_absent": True}})
        assert refusal.status == 422
        found = await one.person.get("/pharmacies", params={"query": licence})
        assert found["items"] == []


@pytest.mark.requirement("ACC-3", "ACC-4")
async def test_the_scopes_of_a_store_open_their_own_part_and_the_store_has_one_maintainer(
    platform: Platform,
) -> None:
    async with (
        a_journey(platform, kind=StoreJourney, store="两人店") as one,
        a_journey(platform, kind=PharmacistsKeeper) as other,
    ):
        for step in (one.register, one.add_institution, one.authorise, one.nation_approves_mandate):
            await step()
        await other.register()
        store = one.institution["record_id"]
        wanted = {"scopes": ["pharmacy", "pharmacist"], "provider_ids": [store]}
        with pytest.raises(Refused) as held:
            await other.person.post("/authorisations", json=wanted)
        assert (held.value.status, held.value.code) == (409, "provider-scope-held")
        assert held.value.problem["provider_ids"] == [store]
        other.institution = {"record_id": store}
        await other.authorise()
        await other.nation_approves_mandate()
        seen = await other.person.until(f"/pharmacies/{store}", lambda record: record["name"])
        assert (seen["name"], seen["values"]) == (one.name, None)
        with pytest.raises(Refused) as closed:
            await other.person.put(f"/pharmacies/{store}", json={"version": 1, "values": {"address": "别处"}})
        assert (closed.value.status, closed.value.code) == (403, "scope-required")
        institutions = await one.person.get("/institutions/mine")
        assert institutions["items"] == []
