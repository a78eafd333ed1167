"""Physicians, nurses and pharmacists through the gateway: persons with one code and many places of practice."""

import asyncio
import random
import re
from typing import Any
from uuid import uuid4

import pytest

from deploy.laptop.demo.chain import ChainJourney
from deploy.laptop.demo.journey import Journey
from deploy.laptop.demo.person import Person, Refused
from deploy.laptop.demo.sample_files import as_pdf, identity_number, picture
from deploy.laptop.stack.platform import Platform
from tests.journeys.conftest import Resumed
from tests.platforms import a_journey, approved, decide, filed, reviewers_of
from tests.samples import NURSE_DETAILS, PHARMACIST_DETAILS, PHYSICIAN_DETAILS

pytestmark = pytest.mark.xdist_group("platform")

MAN, WOMAN = "1", "2"


def person(one: Journey, name: str = "沈样本", details: dict[str, Any] = PHYSICIAN_DETAILS) -> dict[str, Any]:
    """Somebody who does not exist, with everything that the form of a physician, nurse or pharmacist requires."""
    # Several journeys have the maintainer of one institution, and so the same chance.
    number = identity_number(one.place.county, random.Random(uuid4().int))
    sex = MAN if int(number[-2]) % 2 else WOMAN
    qualified = {"qualification_number": f"202043111{number}"} if details is PHYSICIAN_DETAILS else {}
    return {**details, **qualified, "name": name, "id_type": "01", "id_number": number, "sex": sex}


def old_number(number: str) -> str:
    """The number of 15 digits that somebody had before 1999."""
    return f"{number[:6]}{number[8:17]}"


async def added(
    one: Journey, values: dict[str, Any], kind: str = "physicians", provider_id: str | None = None
) -> dict[str, Any]:
    """A new record at the journey's institution, or at another provider."""
    given = {"provider_id": provider_id or one.institution["record_id"], "values": values}
    record: dict[str, Any] = await one.person.post(f"/{kind}", json=given)
    return record


async def refused(one: Journey, values: dict[str, Any], kind: str = "physicians") -> Refused:
    """Why somebody is not added."""
    with pytest.raises(Refused) as refusal:
        await added(one, values, kind)
    return refusal.value


async def submitted(one: Journey, record: dict[str, Any], kind: str = "physicians") -> dict[str, Any]:
    """The record, submitted."""
    path = f"/{kind}/{record['record_id']}/submission"
    answer: dict[str, Any] = await one.person.post(path, json={"version": record["version"]})
    return answer


async def coded(one: Journey, record: dict[str, Any], kind: str = "physicians") -> dict[str, Any]:
    """The record after four approvals, with the code that came by itself."""
    await submitted(one, record, kind)
    for reviewer in await reviewers_of(one):
        await decide(reviewer, record["record_id"])
    path = f"/{kind}/{record['record_id']}"
    found: dict[str, Any] = await one.person.until(path, lambda seen: seen["state"] == "approved" and seen["code"])
    return found


async def changed(one: Journey, record: dict[str, Any], kind: str, **more: Any) -> dict[str, Any]:
    """The record with other values."""
    path = f"/{kind}/{record['record_id']}"
    seen = await one.person.get(path)
    answer: dict[str, Any] = await one.person.put(path, json={"version": seen["version"], **more})
    return answer


def codes(problem: dict[str, Any]) -> dict[str, str]:
    """The wrong fields with their codes."""
    return {each["field"]: each["code"] for each in problem["errors"]}


@pytest.mark.requirement("STA-1", "STA-6")
async def test_staff_are_recorded_with_all_fields_and_who_has_no_licence_is_not(hospital: Resumed) -> None:
    async with hospital() as one:
        form = await one.person.get("/forms/physician")
        categories = await one.person.get("/dictionaries/physician_category")
        scopes = await one.person.get("/dictionaries/physician_scope")
        assert ("9", "其他") in {(each["code"], each["name"]) for each in categories["entries"]}
        assert "麻醉" in " ".join(notice["zh"] for notice in form["notices"])
        anaesthetist = {**person(one, "麻醉样本"), "category": "9", "scope": ["27"]}
        assert "27" in {each["code"] for each in scopes["entries"]}
        record = await added(one, anaesthetist)
        required = {each["name"] for each in form["fields"] if each["required"] == {"always": True}}
        assert required <= set(record["values"])
        assert record["missing"] == []
        done = await coded(one, record)
        assert re.fullmatch(rf"D{one.place.county}\d{{6}}", done["code"])
        assert done["in_force"]["values"] == record["values"]
        unknown = await refused(one, {**person(one), "scope": ["77"], "category": "臨床"})
        assert codes(unknown.problem) == {"scope": "not-in-dictionary", "category": "not-in-dictionary"}
        pharmacist = await refused(one, {**person(one), "title": "243"})
        assert codes(pharmacist.problem) == {"title": "hospital-pharmacist"}
        assert "只维护定点零售药店的药师" in pharmacist.problem["errors"][0]["message"]
        unlicensed = await added(one, {**person(one, "理疗样本"), "certificate_number": None})
        with pytest.raises(Refused) as refusal:
            await submitted(one, unlicensed)
        assert codes(refusal.value.problem) == {"certificate_number": "licence-required"}
        assert "没有执业证书的人员不维护" in refusal.value.problem["errors"][0]["message"]


@pytest.mark.requirement("STA-2", "STA-5", "COD-5")
async def test_a_person_at_two_institutions_has_one_code_and_each_keeps_its_own_state(
    platform: Platform, hospital: Resumed
) -> None:
    async with hospital() as one, a_journey(platform) as other:
        await filed(other)
        await approved(other)
        values = person(one, "多点样本")
        number = values["id_number"]
        assert old_number(number) != number
        elsewhere = {
            **values,
            "id_number": old_number(number),
            "qualification_number": f"202043111{old_number(number)}",
            "staff_state": "3",
        }
        here, there = await asyncio.gather(added(one, values), added(other, elsewhere))
        assert here["code_holder_id"] == there["code_holder_id"]
        assert there["values"]["id_number"] == number
        first, second = await asyncio.gather(coded(one, here), coded(other, there))
        assert first["code"] == second["code"]
        assert (await one.person.get(f"/codes/{first['code']}"))["kind"] == "physician"
        seen = await one.person.get(f"/practitioners/{here['code_holder_id']}")
        places = {each["provider_id"]: (each["staff_state"], each["code"]) for each in seen["practices"]}
        assert places == {
            one.institution["record_id"]: ("1", first["code"]),
            other.institution["record_id"]: ("3", first["code"]),
        }
        # What one institution changes is its own.
        await changed(one, first, "physicians", values={"staff_state": "2"})
        assert (await other.person.get(f"/physicians/{there['record_id']}"))["values"]["staff_state"] == "3"
        with pytest.raises(Refused) as closed:
            await other.person.get(f"/physicians/{here['record_id']}")
        assert closed.value.status == 404
        same = {name: values[name] for name in ("name", "id_type", "id_number", "sex")}
        nurse = await coded(one, await added(one, {**NURSE_DETAILS, **same}, "nurses"), "nurses")
        assert re.fullmatch(rf"N{one.place.county}\d{{6}}", nurse["code"])


@pytest.mark.requirement("STA-3", "STA-4")
async def test_staff_are_in_post_re_hired_retired_or_have_left_with_or_without_contract_dates(
    hospital: Resumed,
) -> None:
    async with hospital() as one:
        nobody = person(one, "退休样本", NURSE_DETAILS)
        retired = await added(one, {**nobody, "staff_state": "2"}, "nurses")
        with pytest.raises(Refused) as refusal:
            await submitted(one, retired, "nurses")
        assert (refusal.value.status, refusal.value.code) == (409, "not-in-post")
        assert "退休返聘" in refusal.value.problem["title"]
        re_hired = await changed(one, retired, "nurses", values={"staff_state": "3"})
        done = await coded(one, re_hired, "nurses")
        # An approved person who leaves is marked as such, with the day.
        left = await changed(one, done, "nurses", values={"staff_state": "4"})
        assert [each["field"] for each in left["missing"]] == ["left_on"]
        left = await changed(one, done, "nurses", values={"left_on": "2026-06-30"})
        again = await coded(one, left, "nurses")
        assert (again["code"], again["in_force"]["values"]["left_on"]) == (done["code"], "2026-06-30")
        for dates in (
            {"contract_from": None, "contract_until": None},
            {"contract_from": None, "contract_until": None, "contract_long_term": True},
        ):
            record = await added(one, {**person(one, "合同样本", NURSE_DETAILS), **dates}, "nurses")
            assert record["missing"] == []
        both = {**person(one, "合同样本", NURSE_DETAILS), "contract_long_term": True}
        assert codes((await refused(one, both, "nurses")).problem) == {"contract_until": "long-term-or-last-day"}
        wrong = {**person(one, "合同样本", NURSE_DETAILS), "contract_from": "2029-01-01"}
        assert codes((await refused(one, wrong, "nurses")).problem) == {"contract_until": "ends-before-it-begins"}
        posted = {**person(one, "派驻样本", NURSE_DETAILS), "formal_contract": False}
        refusal_of_posted = await refused(one, posted, "nurses")
        assert codes(refusal_of_posted.problem) == {"formal_contract": "formal-contract-only"}
        assert "人事隶属关系" in refusal_of_posted.problem["errors"][0]["message"]


@pytest.mark.requirement("STA-7")
async def test_an_id_number_twice_in_one_institution_is_refused_with_the_record_that_has_it(
    hospital: Resumed,
) -> None:
    async with hospital() as one:
        values = person(one, "重复样本")
        record = await added(one, values)
        for number in (values["id_number"], old_number(values["id_number"])):
            twice = {**values, "id_number": number, "qualification_number": None, "name": "别名样本"}
            refusal = await refused(one, twice)
            assert (refusal.status, refusal.code) == (409, "staff-exists")
            assert (refusal.problem["record_id"], "重复样本" in refusal.problem["title"]) == (
                record["record_id"],
                True,
            )
        answers = await asyncio.gather(
            *(added(one, values) for values in [person(one, "同时样本")] * 3), return_exceptions=True
        )
        assert sorted(type(answer).__name__ for answer in answers) == ["Refused", "Refused", "dict"]


@pytest.mark.requirement("STA-8")
async def test_staff_are_submitted_and_approved_all_at_once_each_with_their_own_attachments(
    hospital: Resumed,
) -> None:
    async with hospital() as one:
        people = [person(one, f"批量样本{n}", NURSE_DETAILS) for n in "甲乙丙丁戊"]
        records = [await added(one, values, "nurses") for values in people]
        documents = []
        for record in records[:2]:
            pdf = as_pdf(picture("护士执业证书（样本）", [record["name"]]))
            receipt = (await one.person.upload("/documents", pdf, "application/pdf", "证书.pdf"))["receipt"]
            with_paper = await changed(one, record, "nurses", attachments={"certificate": receipt})
            documents.append(with_paper["attachments"]["certificate"]["document_id"])
        lacking = await added(one, {**person(one, "缺项样本", NURSE_DETAILS), "category": None}, "nurses")
        provider = {"provider_id": one.institution["record_id"]}
        job = await one.person.post("/nurses/submissions", json=provider)
        done = await one.person.until(f"/registry-jobs/{job['job_id']}", lambda seen: seen["state"] == "succeeded")
        assert done["done"] == done["total"] == done["result"]["submitted"] + done["result"]["refused"]
        [refusal] = [each for each in done["result"]["refusals"] if each["record_id"] == lacking["record_id"]]
        assert [each["field"] for each in refusal["fields"]] == ["category"]
        filter_ = {"kind": "nurse", "parent_id": one.institution["record_id"]}
        for reviewer in await reviewers_of(one):
            for record in records:
                await reviewer.until(f"/subjects/{record['record_id']}/case", lambda seen: seen["actions"])
            job = await reviewer.post("/cases/approvals", json=filter_)
            await reviewer.until(f"/review-jobs/{job['job_id']}", lambda seen: seen["state"] == "succeeded")
        found = [
            await one.person.until(f"/nurses/{record['record_id']}", lambda seen: seen["code"])
            for record in records
        ]
        assert len({each["code"] for each in found}) == len(records)
        kept = [each["in_force"]["attachments"] for each in found]
        assert [each.get("certificate", {}).get("document_id") for each in kept] == [*documents, None, None, None]
        open_ones = await one.person.get("/nurses", params={**provider, "state": "draft", "query": "缺项"})
        assert [each["record_id"] for each in open_ones["items"]] == [lacking["record_id"]]


@pytest.mark.requirement("REV-5")
async def test_staff_are_approved_at_a_level_after_their_institution(platform: Platform) -> None:
    async with a_journey(platform) as one:
        await filed(one)
        record = await submitted(one, await added(one, person(one, "次序样本")))
        subject, hospital = record["record_id"], one.institution["record_id"]

        async def waits(reviewer: Person) -> None:
            case = await reviewer.until(f"/subjects/{subject}/case", lambda seen: "return" in seen["actions"])
            assert "approve" not in case["actions"]
            [blocked] = case["blocked"]
            assert (blocked["decision"], blocked["code"]) == ("approve", "parent-not-approved")
            assert "请先审核该机构" in blocked["next_zh"]
            verdict = {"version": case["version"], "decision": "approve", "reasons": [], "note": ""}
            with pytest.raises(Refused) as refusal:
                await reviewer.post(f"/cases/{case['case_id']}/decisions", json=verdict)
            assert (refusal.value.status, refusal.value.code) == (409, "parent-not-approved")

        for reviewer in await reviewers_of(one):
            await waits(reviewer)
            await decide(reviewer, hospital)
            await decide(reviewer, subject)
        await one.person.until(f"/physicians/{subject}", lambda seen: seen["state"] == "approved")


@pytest.mark.requirement("PHA-3", "PHA-4")
async def test_pharmacists_are_kept_store_by_store_and_after_the_transition_with_a_licence(
    platform: Platform,
) -> None:
    async with a_journey(platform, kind=ChainJourney) as chain:
        assert isinstance(chain, ChainJourney)
        for step in (chain.register, chain.add_institution, chain.authorise, chain.nation_approves_mandate):
            await step()
        stores = chain.entrusted[:2]
        for store in chain.stores[:2]:
            await store.fill_in()
            for reviewer in await reviewers_of(store):
                await decide(reviewer, store.institution["record_id"])
        values = person(chain, "药师样本", PHARMACIST_DETAILS)
        records = [await added(chain, values, "pharmacists", store_id) for store_id in stores]
        assert len({each["code_holder_id"] for each in records}) == 1
        found = [await coded(chain, record, "pharmacists") for record in records]
        assert len({each["code"] for each in found}) == 1
        for store_id, record in zip(stores, records, strict=True):
            listed = await chain.person.get("/pharmacists", params={"provider_id": store_id})
            assert [each["record_id"] for each in listed["items"]] == [record["record_id"]]
        chain.institution = chain.stores[0].institution
        transitional = {
            **person(chain, "从业样本", PHARMACIST_DETAILS),
            "certificate_type": "2",
            "qualification_number": "CY430200001",
            "certificate_number": "CY430200001",
            "category": "3",
            "pharmacy_opened_on": "2012-05-01",
            "expires_on": "2020-12-31",
            "registered_on": "2012-05-01",
        }
        wrong = {
            **transitional,
            "pharmacy_opened_on": "2015-11-21",
            "expires_on": "2021-01-01",
            "certificate_number": "CY430200002",
            "category": "1",
        }
        assert codes((await refused(chain, wrong, "pharmacists")).problem) == {
            "pharmacy_opened_on": "opened-too-late",
            "expires_on": "beyond-the-transition",
            "certificate_number": "one-number-for-both",
            "category": "both-pharmacies",
        }
        record = await added(chain, transitional, "pharmacists")
        assert record["missing"] == []
        with pytest.raises(Refused) as refusal:
            await submitted(chain, record, "pharmacists")
        assert (refusal.value.status, refusal.value.code) == (409, "transition-ended")
        assert "执业药师证书" in refusal.value.problem["next_step"]
        licence = ("certificate_type", "qualification_number", "certificate_number", "registered_on", "expires_on")
        renewed = {name: PHARMACIST_DETAILS[name] for name in licence}
        mended = await changed(chain, record, "pharmacists", values=renewed)
        assert (await submitted(chain, mended, "pharmacists"))["state"] == "submitted"
