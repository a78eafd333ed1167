"""The record of an institution: what is asked for, what waits as a draft, what is in force while it changes."""

from typing import Any

import pytest

from deploy.laptop.demo.journey import Journey
from deploy.laptop.demo.person import Refused
from deploy.laptop.demo.sample_files import as_pdf, picture
from deploy.laptop.stack.platform import Platform
from tests.journeys.test_authorisations import values_of
from tests.platforms import a_journey, approved, decide, reviewers_of

pytestmark = pytest.mark.xdist_group("platform")

ALWAYS = {"always": True}
# What a clerk may leave out; the journey's own values are what is required.
OPTIONAL: dict[str, Any] = {
    "second_name": "湘潭市急救中心",
    "longitude": 112.9388,
    "latitude": 27.8297,
    "treatment_items": ["内科", "外科"],
    "approved_beds": 1500,
    "insurance_head_name": "郑明远",
    "insurance_head_phone": "0399-80000001",
    "hi_office_phone": "0399-80000002",
    "hi_office_email": "yibao@example.org",
    "fax_number": "0399-80000003",
    "bank": "样本银行",
    "bank_branch": "样本银行雨湖支行",
    "bank_account": "6200000000000000000",
}
# They say that the institution is one of a special kind, which this one is not.
OF_SPECIAL_KINDS = {"uscc_absent", "uscc_irregular", "military", "tcm_filing", "parent_code"}


async def authorised(one: Journey) -> str:
    """The path of an institution that its maintainer may fill in."""
    for step in (one.register, one.add_institution, one.authorise, one.nation_approves_mandate):
        await step()
    return f"/institutions/{one.institution['record_id']}"


async def save(one: Journey, path: str, **values: Any) -> dict[str, Any]:
    """The record with these values."""
    seen = await one.person.get(path)
    saved: dict[str, Any] = await one.person.put(path, json={"version": seen["version"], "values": values})
    return saved


async def submit(one: Journey, path: str) -> dict[str, Any]:
    """The record, submitted as it is."""
    seen = await one.person.get(path)
    one.institution = await one.person.post(f"{path}/submission", json={"version": seen["version"]})
    return one.institution


async def refused_submission(one: Journey, path: str) -> dict[str, str]:
    """Why the record is not taken for review, by field."""
    with pytest.raises(Refused) as refused:
        await submit(one, path)
    assert refused.value.status == 422
    return {each["field"]: each["code"] for each in refused.value.problem["errors"]}


async def submitted(one: Journey) -> str:
    """The path of an institution that lies with the county."""
    path = await authorised(one)
    await one.fill_in()
    return path


@pytest.mark.requirement("INS-1")
async def test_all_fields_are_kept_and_what_is_required_is_listed_before_submitting(platform: Platform) -> None:
    async with a_journey(platform) as one:
        path = await authorised(one)
        form = await one.person.get("/forms/institution")
        described = {each["name"]: each for each in form["fields"]}
        legal, own = described["legal_name"], described["name"]
        assert (legal["label_zh"], own["label_zh"]) == ("法人单位名称", "医疗机构名称")
        assert "营业执照" in legal["example"]
        assert "执业许可证" in own["example"]
        required = {name for name, each in described.items() if each["required"] == ALWAYS}
        papers = {each["name"] for each in form["attachments"] if each["required"] == ALWAYS}
        draft = await one.person.get(path)
        listed = {each["field"] for each in draft["missing"]}
        assert {"name", "legal_name", "address", "certificate", "licence"} <= required | papers
        assert (required | papers) - set(draft["values"]) <= listed
        assert all(each["zh"] and each["en"] for each in draft["missing"])
        assert set(await refused_submission(one, path)) == listed
        await one.fill_in(submit=False)
        full = {**one.values(), **OPTIONAL, "legal_name": "湘潭市某医疗集团"}
        assert set(full) | set(draft["values"]) | OF_SPECIAL_KINDS == set(described)
        saved = await save(one, path, **full)
        assert saved["missing"] == []
        kept = await one.person.get(path)
        assert kept["values"] == {**draft["values"], **full}
        assert (await submit(one, path))["locked"]


@pytest.mark.requirement("INS-2")
async def test_the_address_and_the_pooling_region_are_chosen_from_trees_of_their_own(platform: Platform) -> None:
    async with a_journey(platform) as one:
        path = await authorised(one)
        await one.fill_in(submit=False)
        county = await one.person.get("/regions/430302")
        own_level = await one.person.get("/regions/430399")
        assert (county["insurance_only"], own_level["insurance_only"]) == (False, True)
        chosen = {"address_division": "430302", "pooling_region": "430399", "pooling_level": "3"}
        saved = await save(one, path, **chosen)
        assert {name: saved["values"][name] for name in chosen} == chosen
        assert saved["region"] == "430399"
        for field, code in (("address_division", "430399"), ("pooling_region", "439998"), ("pooling_level", "43")):
            with pytest.raises(Refused) as refused:
                await save(one, path, **{field: code})
            assert [each["field"] for each in refused.value.problem["errors"]] == [field]
        # A city's own level has no county above it: the city reviews first.
        await submit(one, path)
        city = await one.known("xiangtan.reviewer").sign_in()
        case = await city.until(f"/subjects/{one.institution['record_id']}/case", lambda seen: seen["actions"])
        assert (case["level"], case["values"]["pooling_region"]) == ("city", "430399")


@pytest.mark.requirement("INS-3")
async def test_the_use_of_the_electronic_credential_is_asked_for_and_reviewed(platform: Platform) -> None:
    field = "uses_electronic_credential"
    async with a_journey(platform) as one:
        path = await authorised(one)
        await one.fill_in(submit=False)
        form = await one.person.get("/forms/institution")
        [described] = [each for each in form["fields"] if each["name"] == field]
        assert described["label_zh"] == "是否应用医保电子凭证"
        assert all(use in described["example"] for use in ("查询", "办理", "就诊", "支付"))
        await save(one, path, **{field: None})
        assert await refused_submission(one, path) == {field: "missing"}
        for answer in (True, False):
            assert (await save(one, path, **{field: answer}))["values"][field] is answer
        await submit(one, path)
        county = (await reviewers_of(one))[0]
        case = await county.until(f"/subjects/{one.institution['record_id']}/case", lambda seen: seen["actions"])
        assert case["values"][field] is False


@pytest.mark.requirement("INS-8", "REV-10")
async def test_a_change_is_reviewed_against_the_version_that_stays_in_force(platform: Platform) -> None:
    async with a_journey(platform) as one:
        path = await submitted(one)
        before = await approved(one)
        assert (before["state"], before["locked"]) == ("approved", False)
        page = as_pdf(picture("医疗机构执业许可证（样本）", ["变更后"]))
        receipt = (await one.person.upload("/documents", page, "application/pdf", "新执业许可证.pdf"))["receipt"]
        change = {"values": {"address": "和平路2号", "level": "2"}, "attachments": {"licence": receipt}}
        await one.person.put(path, json={"version": before["version"], **change})
        changed = await submit(one, path)
        for position, reviewer in enumerate(await reviewers_of(one)):
            subject = f"/subjects/{one.institution['record_id']}/case"
            case = await reviewer.until(subject, lambda seen: "approve" in seen["actions"])
            # The reviewer reads the difference field by field, both versions and both licences.
            assert sorted(case["changed"]) == ["address", "level", "licence"]
            assert (case["in_force"]["values"]["address"], case["values"]["address"]) == ("和平路1号", "和平路2号")
            licences = [
                next(each for each in version["attachments"] if each["field"] == "licence")
                for version in (case["in_force"], case)
            ]
            contents = [await reviewer.get(f"/documents/{each['document_id']}/content") for each in licences]
            assert contents[0] != contents[1]
            assert {content[:5] for content in contents} == {b"%PDF-"}
            if position == 1:
                await decide(reviewer, one.institution["record_id"], "return", reasons=[{"reason": "请核对地址"}])
                break
            await decide(reviewer, one.institution["record_id"])
        returned = await one.person.until(path, lambda seen: seen["state"] == "returned")
        assert returned["in_force"] == before["in_force"] == changed["in_force"]
        await submit(one, path)
        again = await approved(one)
        assert again["in_force"]["values"]["address"] == "和平路2号"
        assert again["in_force"]["submission"] == 3


@pytest.mark.requirement("INS-10")
async def test_one_licence_with_two_names_is_one_institution(platform: Platform) -> None:
    async with a_journey(platform) as one, a_journey(platform) as other:
        path = await authorised(one)
        await other.register()
        second = f"湘潭第{one.seed % 10**6:06d}急救中心"
        await one.fill_in(submit=False)
        saved = await save(one, path, second_name=second)
        assert (saved["name"], saved["values"]["second_name"]) == (one.name, second)

        async def found(words: str) -> list[str]:
            page = await other.person.get("/institutions", params={"query": words})
            return [each["record_id"] for each in page["items"]]

        async def refused() -> Refused:
            numbers = {**saved["numbers"], "pooling_region": saved["region"]}
            with pytest.raises(Refused) as problem:
                await other.person.post("/institutions", json={"values": {"name": second, **numbers}})
            return problem.value

        # Either name finds it, and under neither is it added again.
        assert await found(second) == await found(saved["numbers"]["uscc"]) == [one.institution["record_id"]]
        duplicate = await refused()
        assert (duplicate.status, duplicate.code) == (409, "record-exists-renamed")
        assert (duplicate.problem["current_name"], one.name in duplicate.problem["title"]) == (one.name, True)
        await submit(one, path)
        approval = await approved(one)
        assert approval["in_force"]["values"]["second_name"] == second
        # The name that was in force stays the institution's, also when the second seal is given up.
        await save(one, path, second_name=None)
        assert await found(second) == []
        assert (await refused()).code == "record-exists-renamed"


@pytest.mark.requirement("INS-11")
async def test_a_clinic_without_level_and_a_public_hospital_find_their_codes(platform: Platform) -> None:
    async with a_journey(platform, waits_for_agreement=True) as one:
        path = await authorised(one)
        levels = {each["code"]: each["name"] for each in (await one.person.get("/dictionaries/level"))["entries"]}
        types = (await one.person.get("/dictionaries/economic_type"))["entries"]
        assert levels["9"] == "未定级"
        assert {each["code"]: each["name"] for each in types}["100"] == "内资"
        await one.fill_in(submit=False)
        saved = await save(one, path, level="9", grade=None, economic_type="100", institution_type="D211")
        assert saved["missing"] == []
        await submit(one, path)
        county = (await reviewers_of(one))[0]
        case = await county.until(f"/subjects/{one.institution['record_id']}/case", lambda seen: seen["actions"])
        assert (case["values"]["level"], case["values"]["economic_type"]) == ("9", "100")
        assert "grade" not in case["values"]
        # The charging level is no matter of the record: the agreement says it.
        record = {each["name"] for each in (await one.person.get("/forms/institution"))["fields"]}
        agreement = {each["name"]: each for each in (await one.person.get("/agreements/form"))["fields"]}
        assert "charging_level" not in record
        charging = await one.person.get(
            f"/agreements/dictionaries/{agreement['charging_level']['kind']['dictionary']}"
        )
        assert "9" in {each["code"] for each in charging["entries"]}


async def decided(one: Journey, kind: str, *, allowed: bool, **more: str) -> dict[str, Any]:
    """The kind after a decision of the nation's unit."""
    nation = await one.known("nation.maintainer").sign_in()
    answer = await nation.put(f"/admissions/{kind}", json={"allowed": allowed, **more})
    [view] = [each for each in answer["items"] if each["kind"] == kind]
    return dict(view)


@pytest.mark.requirement("AUT-4")
@pytest.mark.parametrize(("kind", "field"), [("military", "military"), ("tcm-filing", "tcm_filing")])
async def test_the_nation_decides_whether_a_special_institution_is_maintained(
    platform: Platform, kind: str, field: str
) -> None:
    async with a_journey(platform) as one:
        await one.register()
        values = {**values_of(one, one.name), field: True}
        if field == "military":
            del values["licence_number"]

        async def refused(asking: Any) -> Refused:
            with pytest.raises(Refused) as problem:
                await asking
            return problem.value

        def add() -> Any:
            return one.person.post("/institutions", json={"values": values})

        [view] = [each for each in (await one.person.get("/admissions"))["items"] if each["kind"] == kind]
        closed = await refused(add())
        assert (closed.status, closed.code) == (409, f"{kind}-not-yet")
        assert (view["allowed"], view["reason_zh"]) == (False, closed.problem["title"])
        city = await one.known("xiangtan.maintainer").sign_in()
        foreign = await refused(city.put(f"/admissions/{kind}", json={"allowed": True}))
        assert (foreign.status, foreign.code) == (403, "role-required")
        later = await decided(one, kind, allowed=True, effective_from="2999-01-01T00:00:00Z")
        assert (later["allowed"], (await refused(add())).code) == (False, f"{kind}-not-yet")
        opened = await decided(one, kind, allowed=True)
        assert (opened["allowed"], opened["reason_zh"]) == (True, "")
        one.institution = await add()
        assert one.institution["numbers"]["licence_number"] == values.get("licence_number")
        await one.authorise()
        await one.nation_approves_mandate()
        path = f"/institutions/{one.institution['record_id']}"
        await one.fill_in(submit=False)
        saved = await save(one, path, licence_expires_on=None if field == "tcm_filing" else "2030-12-31")
        assert (saved["missing"], saved["values"][field]) == ([], True)
        ended = await decided(one, kind, allowed=False)
        # What was decided before stays readable.
        assert [each["allowed"] for each in ended["history"]][:3] == [True, False, True]
        assert (await refused(save(one, path, address="和平路7号"))).code == f"{kind}-not-yet"
        assert (await refused(submit(one, path))).code == f"{kind}-not-yet"
        assert (await one.person.get(path))["values"] == saved["values"]


@pytest.mark.requirement("INS-14")
async def test_a_draft_waits_however_incomplete_and_nothing_is_lost(platform: Platform) -> None:
    async with a_journey(platform) as one:
        path = await authorised(one)
        half = {"legal_name": "湘潭市中心医院", "address": "和平路（未完）", "hi_contact_phone": "0399-80000000"}
        page = as_pdf(picture("法人证书（样本）", ["第一页"]))
        receipt = (await one.person.upload("/documents", page, "application/pdf", "法人证书.pdf"))["receipt"]
        seen = await one.person.get(path)
        body = {"version": seen["version"], "values": half, "attachments": {"certificate": receipt}}
        saved = await one.person.put(path, json=body)
        assert saved["state"] == "draft"
        assert len(saved["missing"]) > 5
        # A submission that comes too early and a value that is wrong take nothing away.
        await refused_submission(one, path)
        with pytest.raises(Refused) as wrong:
            await save(one, path, legal_name="湘潭市第一医院", licence_expires_on="2030年13月1日")
        assert wrong.value.status == 422
        await one.person.delete("/sessions/current")
        await one.person.sign_in()
        [mine] = (await one.person.get("/institutions/mine"))["items"]
        assert (mine["record_id"], mine["state"]) == (one.institution["record_id"], "draft")
        assert await one.person.get(path) == saved
        document = saved["attachments"]["certificate"]["document_id"]
        assert (await one.person.get(f"/documents/{document}/content")).startswith(b"%PDF-")
        later = await save(one, path, address="和平路1号")
        assert later["values"] == {**saved["values"], "address": "和平路1号"}
        assert later["attachments"] == saved["attachments"]
