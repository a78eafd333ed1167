"""Institutions on real parts: found or added, filled in, filed, returned, approved, coded."""

import asyncio
from typing import Any

import aiohttp
import pytest

from shared.clock import utc_now
from shared.contracts.coding.events import CodeAssigned, CodeAwaitingAgreement, CodeKind
from shared.contracts.registry.events import InstitutionApproved, SubjectKind, SubmissionFiled
from shared.contracts.review.events import CaseApproved, CaseMoved, CaseOpened, CaseReturned
from shared.identifiers.regions import Level
from shared.security.caller import Caller, Role
from tests.house import House, a_caller, until
from tests.integration.registry.scenes import (
    DETAILS,
    HOSPITAL,
    a_case_event,
    a_maintainer,
    a_receipt,
    answer_of,
    authorised,
    reads,
)

INSTITUTION = SubjectKind.INSTITUTION
QUERIES = ("中心医院", "医院 中心", "１２４３０３００４４５３", "12430300445302343q", "44530234343O3O211A")


async def added(client: aiohttp.ClientSession, **more: Any) -> dict[str, Any]:
    """A new institution."""
    return await answer_of(await client.post("/institutions", json={**HOSPITAL, **more}), 201)


async def filled_in(
    house: House, client: aiohttp.ClientSession, caller: Caller, one: dict[str, Any]
) -> dict[str, Any]:
    """The institution with all that is required."""
    papers = {name: a_receipt(house, caller, f"{name}.pdf") for name in ("certificate", "licence")}
    change = {"version": one["version"], "details": DETAILS, "attachments": papers}
    return await answer_of(await client.put(f"/institutions/{one['institution_id']}", json=change), 200)


async def submitted(client: aiohttp.ClientSession, one: dict[str, Any]) -> dict[str, Any]:
    """The institution, filed."""
    path = f"/institutions/{one['institution_id']}/submission"
    return await answer_of(await client.post(path, json={"version": one["version"]}), 200)


def code_of(answer: dict[str, Any]) -> dict[str, str]:
    """The codes of what was refused, by field."""
    return {one["field"]: one["code"] for one in answer["errors"]}


async def test_what_was_added_is_found_by_parts_full_width_and_look_alikes(house: House) -> None:
    async with house.running("registry"):
        caller = await a_maintainer(house)
        async with house.client("registry", caller) as client:
            one = await added(client)
            await added(client, name="湘潭县人民医院", licence_number="PDY430321001")
            for query in (
                "中心医院",
                "医院 中心",
                "１２４３０３００４４５３",
                "12430300445302343q",
                "44530234343O3O211A",
            ):
                page = await answer_of(await client.get("/institutions", params={"query": query}), 200)
                found = {item["institution_id"]: item for item in page["items"]}
                assert one["institution_id"] in found, query
            assert found[one["institution_id"]] == {
                "institution_id": one["institution_id"],
                **HOSPITAL,
                "exists": "free",
                "mine": False,
            }
            page = await answer_of(await client.get("/institutions", params={"query": "医院", "limit": "1"}), 200)
            after = {"query": "医院", "after": page["next"]}
            rest = await answer_of(await client.get("/institutions", params=after), 200)
            assert [one["name"] for one in page["items"] + rest["items"]] == ["湘潭市中心医院", "湘潭县人民医院"]
            assert rest["next"] is None
            scattered = await answer_of(await client.get("/institutions", params={"query": "3034"}), 200)
            assert scattered["items"] == []
            refusal = await answer_of(await client.get("/institutions", params={"query": "院"}), 422)
            assert refusal["code"] == "query-too-short"


async def test_of_many_who_add_it_in_the_same_instant_one_does_and_the_others_are_told(house: House) -> None:
    async with house.running("registry"):
        caller = await a_maintainer(house)
        async with house.client("registry", caller) as client:
            forms = [
                {**HOSPITAL, "name": name} for name in ("湘潭市中心医院", "湘潭市 中心医院") for _ in range(4)
            ]
            answers = await asyncio.gather(*(client.post("/institutions", json=form) for form in forms))
            bodies = [await answer.json() for answer in answers]
            assert sorted(answer.status for answer in answers) == [201] + [409] * 7
            ids = {body["institution_id"] for body in bodies}
            assert len(ids) == 1
            assert {body["code"] for body in bodies if body.get("status") == 409} == {"institution-exists-free"}
            await authorised(house, client, caller, *ids)
            stranger = await a_maintainer(house)
            async with house.client("registry", stranger) as other:
                refusal = await answer_of(await other.post("/institutions", json=HOSPITAL), 409)
                assert refusal["code"] == "institution-exists-maintained"
                assert "institution_id" not in refusal


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"uscc": "12430300445302343X"}, {"uscc": "uscc-check-digit"}),
        ({"uscc": "1243O300445302343Q"}, {"uscc": "uscc-likely"}),
        ({"uscc": None}, {"uscc": "missing"}),
        ({"uscc": None, "uscc_absent": True}, {"explanation": "missing"}),
        ({"uscc_absent": True}, {"uscc": "uscc-or-absent"}),
        ({"licence_number": None}, {"licence_number": "missing"}),
        ({"region": "999999"}, {"region": "unknown-region"}),
        ({"name": " "}, {"name": "text"}),
        ({"uscc": None, "uscc_absent": True, "explanation": "forged"}, {"explanation": "receipt-refused"}),
    ],
)
async def test_what_cannot_be_added_is_told_field_by_field(
    house: House, more: dict[str, Any], told: dict[str, str]
) -> None:
    async with house.running("registry"), house.client("registry", a_caller(Role.MAINTAINER, "430302")) as client:
        refusal = await answer_of(await client.post("/institutions", json={**HOSPITAL, **more}), 422)
        assert code_of(refusal) == told


async def test_no_credit_code_needs_an_explanation_and_the_military_waits(house: House) -> None:
    caller = a_caller(Role.MAINTAINER, "430302")
    async with house.running("registry"), house.client("registry", caller) as client:
        explained = await added(client, uscc=None, uscc_absent=True, explanation=a_receipt(house, caller))
        assert explained["attachments"]["explanation"]["pages"] == 2
        military = {**HOSPITAL, "military": True, "licence_number": None}
        refusal = await answer_of(await client.post("/institutions", json=military), 409)
        assert refusal["code"] == "military-not-yet"
        async with house.postgres("registry") as rows:
            await rows.execute("UPDATE institution_policy SET allowed = true")
        await added(client, military=True, licence_number=None)


async def test_only_an_approved_authorisation_lets_an_account_maintain(house: House) -> None:
    async with house.running("registry"):
        caller, nurse_keeper = await a_maintainer(house), await a_maintainer(house)
        async with (
            house.client("registry", caller) as client,
            house.client("registry", nurse_keeper) as other,
            house.client("registry", a_caller(Role.REVIEWER, "430300")) as city,
            house.client("registry", a_caller(Role.AGENCY, "320000")) as elsewhere,
        ):
            one = await added(client)
            path = f"/institutions/{one['institution_id']}"
            change = {"version": 1, "details": {"address": "和平路"}}
            refusal = await answer_of(await client.put(path, json=change), 403)
            assert refusal["code"] == "institution-scope-required"
            await answer_of(await other.get(path), 404)
            await answer_of(await other.put(path, json=change), 404)
            await authorised(house, other, nurse_keeper, one["institution_id"], scopes=("nurse",))
            await answer_of(await other.get(path), 200)
            await answer_of(await other.put(path, json=change), 403)
            await answer_of(await client.get(path), 404)
            await authorised(house, client, caller, one["institution_id"])
            assert (await answer_of(await client.put(path, json=change), 200))["details"]["address"] == "和平路"
            await answer_of(await city.get(path), 200)
            await answer_of(await city.put(path, json=change), 403)
            await answer_of(await elsewhere.get(path), 404)
            page = await answer_of(await elsewhere.get("/institutions", params={"query": "中心医院"}), 200)
            assert page["items"] == []
            mine = await answer_of(await client.get("/institutions/mine"), 200)
            assert [item["scopes"] for item in mine["items"]] == [["institution", "physician"]]


async def test_a_draft_is_filled_in_step_by_step_and_filed_once_nothing_is_missing(house: House) -> None:
    async with house.running("registry"), house.listening("registry.submission.#") as heard:
        caller = await a_maintainer(house)
        async with house.client("registry", caller) as client:
            one = await added(client)
            path = f"/institutions/{one['institution_id']}"
            await authorised(house, client, caller, one["institution_id"])
            assert {"legal_name", "certificate"} <= {each["field"] for each in one["missing"]}
            early = await client.post(f"{path}/submission", json={"version": 1})
            assert code_of(await answer_of(early, 422)).keys() == {each["field"] for each in one["missing"]}
            wrong = {"version": 1, "details": {"level": "7", "approved_beds": -1}}
            assert code_of(await answer_of(await client.put(path, json=wrong), 422)).keys() == {
                "level",
                "approved_beds",
            }
            full = await filled_in(house, client, caller, one)
            assert full["missing"] == []
            stale = await answer_of(await client.put(path, json={"version": 1, "details": {}}), 409)
            assert stale["code"] == "changed-meanwhile"
            filed = await submitted(client, full)
            assert (filed["state"], filed["locked"], filed["submission"]) == ("submitted", True, 1)
            again = await client.post(f"{path}/submission", json={"version": full["version"]})
            assert (await answer_of(again, 409))["code"] == "institution-locked"
            locked = await client.put(path, json={"version": filed["version"], "details": {}})
            assert (await answer_of(locked, 409))["code"] == "institution-locked"

        async def told() -> dict[str, Any] | None:
            return next((data for _, data in heard if data["kind"] == INSTITUTION), None)

        event = SubmissionFiled.model_validate(await until(told, what="the submission"))
        assert (event.title, event.region, event.nation_only, event.submission) == (
            "湘潭市中心医院",
            "430302",
            False,
            1,
        )
        shown = {field.field: field.shown for field in event.fields}
        assert shown["pooling_region"] == "湖南省湘潭市雨湖区（430302）"
        assert {one.field for one in event.attachments} == {"certificate", "licence"}


async def test_the_record_follows_its_case_and_the_approved_version_stays_in_force(house: House) -> None:
    async with house.running("registry"), house.listening("registry.institution.approved.#") as heard:
        caller = await a_maintainer(house)
        async with house.client("registry", caller) as client:
            one = await added(client)
            subject_id, path = one["institution_id"], f"/institutions/{one['institution_id']}"
            await authorised(house, client, caller, subject_id)
            await submitted(client, await filled_in(house, client, caller, one))
            await house.publish(a_case_event(CaseOpened, INSTITUTION, subject_id, 1, level=Level.COUNTY))
            await house.publish(a_case_event(CaseMoved, INSTITUTION, subject_id, 2, level=Level.CITY, upward=True))
            seen = await _under_review(client, path, "city")
            assert seen["under_review"]["unit_name"] == "city unit"
            returned = a_case_event(CaseReturned, INSTITUTION, subject_id, 3, fields=("address",))
            await house.publish(returned, a_case_event(CaseOpened, INSTITUTION, subject_id, 1))
            back = await reads(client, path, state="returned", locked=False)
            mended = {"version": back["version"], "details": {"address": "和平路121号"}}
            filed = await submitted(client, await answer_of(await client.put(path, json=mended), 200))
            assert filed["submission"] == 2
            await house.publish(
                a_case_event(CaseApproved, INSTITUTION, subject_id, 9, submission=1),
                a_case_event(CaseApproved, INSTITUTION, subject_id, 8, submission=2),
            )
            approved = await reads(client, path, state="approved", locked=False)
            assert approved["approved"]["details"]["address"] == "和平路121号"
            assert approved["approved"]["submission"] == 2
            nothing = await client.post(f"{path}/submission", json={"version": approved["version"]})
            assert (await answer_of(nothing, 409))["code"] == "nothing-to-submit"
            edit = {"version": approved["version"], "details": {"address": "新址"}}
            edited = await answer_of(await client.put(path, json=edit), 200)
            assert (edited["state"], edited["details"]["address"]) == ("draft", "新址")
            assert edited["approved"] == approved["approved"]

        async def once() -> bool:
            return len(heard) == 1

        await until(once, what="the approval")
        event = InstitutionApproved.model_validate(heard[0][1])
        assert (event.name, event.institution_type, event.uscc) == ("湘潭市中心医院", "A100", HOSPITAL["uscc"])
        async with house.postgres("registry") as rows:
            actions = await rows.fetch("SELECT action FROM audit WHERE subject_id = $1 ORDER BY entry", subject_id)
            assert [row["action"] for row in actions] == [
                "added institution",
                "authorised maintainer",
                "changed institution",
                "submitted institution",
                "changed institution",
                "submitted institution",
                "approved institution",
                "changed institution",
            ]


async def _under_review(client: aiohttp.ClientSession, path: str, level: str) -> dict[str, Any]:
    async def look() -> dict[str, Any] | None:
        body = await answer_of(await client.get(path), 200)
        return body if (body["under_review"] or {}).get("level") == level else None

    found: dict[str, Any] = await until(look, what=f"{path} at the {level}")
    return found


async def test_numbers_change_freely_before_coding_and_not_afterwards(
    house: House,
) -> None:
    async with house.running("registry"):
        caller = await a_maintainer(house)
        async with house.client("registry", caller) as client:
            one, other = await added(client), await added(client, licence_number="PDY430302001")
            path = f"/institutions/{one['institution_id']}"
            await authorised(house, client, caller, one["institution_id"])
            taken = {"version": 1, "details": {"licence_number": "PDY430302001"}}
            refusal = await answer_of(await client.put(path, json=taken), 409)
            assert (refusal["code"], refusal["institution_id"]) == (
                "institution-exists-free",
                other["institution_id"],
            )
            free = {"version": 1, "details": {"licence_number": "PDY430302002"}}
            changed = await answer_of(await client.put(path, json=free), 200)
            for query, found in (("PDY430302002", 1), (HOSPITAL["licence_number"], 0)):
                page = await answer_of(await client.get("/institutions", params={"query": query}), 200)
                assert len(page["items"]) == found
            await added(client)
            await house.publish(a_code_awaited(one["institution_id"]))
            await reads(client, path, code_state="awaiting-agreement")
            await house.publish(a_code(one["institution_id"]), a_code_awaited(one["institution_id"]))
            await reads(client, path, code="H43030000001", code_state="assigned")
            late = {"version": changed["version"], "details": {"uscc": None, "uscc_absent": True}}
            assert (await answer_of(await client.put(path, json=late), 409))["code"] == "number-change-needed"


async def test_the_identity_in_force_is_nobody_elses_until_the_next_is_approved(house: House) -> None:
    async with house.running("registry"):
        caller = await a_maintainer(house)
        async with house.client("registry", caller) as client:
            one = await added(client)
            subject_id, path = one["institution_id"], f"/institutions/{one['institution_id']}"
            await authorised(house, client, caller, subject_id)
            await submitted(client, await filled_in(house, client, caller, one))
            await house.publish(a_case_event(CaseApproved, INSTITUTION, subject_id, 1))
            approved = await reads(client, path, state="approved")
            change = {"version": approved["version"], "details": {"licence_number": "PDY430302002"}}
            changed = await answer_of(await client.put(path, json=change), 200)
            refusal = await answer_of(await client.post("/institutions", json=HOSPITAL), 409)
            assert refusal["code"] == "institution-exists-maintained"
            await submitted(client, changed)
            await house.publish(a_case_event(CaseApproved, INSTITUTION, subject_id, 2, submission=2))
            await reads(client, path, state="approved")
            await added(client)


def a_code(subject_id: str) -> CodeAssigned:
    """What the coding service tells of a code."""
    return CodeAssigned(
        subject_id=subject_id,
        subject_version=2,
        region="430302",
        kind=CodeKind.INSTITUTION,
        code="H43030000001",
        name="湘潭市中心医院",
        assigned_at=utc_now(),
    )


def a_code_awaited(subject_id: str) -> CodeAwaitingAgreement:
    """What the coding service tells while a code waits for an agreement."""
    return CodeAwaitingAgreement(
        subject_id=subject_id, subject_version=1, region="430302", kind=CodeKind.INSTITUTION, name="湘潭市中心医院"
    )
