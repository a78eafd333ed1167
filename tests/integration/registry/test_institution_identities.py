"""Institutions: name and numbers before and after coding, held by one record only."""

from shared.clock import utc_now
from shared.contracts.coding.events import CodeAssigned, CodeAwaitingAgreement, CodeKind
from shared.contracts.registry.events import SubjectKind
from shared.contracts.review.events import CaseApproved
from tests.environment import Environment
from tests.integration.registry.institution_fixtures import added, filled_in, submitted
from tests.integration.registry.registry_fixtures import (
    HOSPITAL,
    a_case_event,
    a_maintainer,
    answer_of,
    authorised,
    reads,
)

INSTITUTION = SubjectKind.INSTITUTION


def a_code(subject_id: str) -> CodeAssigned:
    """The event of an assigned code."""
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
    """The event of a code that waits for an agreement."""
    return CodeAwaitingAgreement(
        subject_id=subject_id, subject_version=1, region="430302", kind=CodeKind.INSTITUTION, name="湘潭市中心医院"
    )


async def test_numbers_change_freely_before_coding_and_not_afterwards(environment: Environment) -> None:
    async with environment.running("registry"):
        caller = await a_maintainer(environment)
        async with environment.client("registry", caller) as client:
            one, other = await added(client), await added(client, licence_number="PDY430302001")
            path = f"/institutions/{one['record_id']}"
            await authorised(environment, client, caller, one["record_id"])
            taken = {"version": 1, "values": {"licence_number": "PDY430302001"}}
            refusal = await answer_of(await client.put(path, json=taken), 409)
            assert (refusal["code"], refusal["record_id"]) == (
                "record-exists-free",
                other["record_id"],
            )
            free = {"version": 1, "values": {"licence_number": "PDY430302002"}}
            changed = await answer_of(await client.put(path, json=free), 200)
            for query, found in (("PDY430302002", 1), (HOSPITAL["licence_number"], 0)):
                page = await answer_of(await client.get("/institutions", params={"query": query}), 200)
                assert len(page["items"]) == found
            await added(client)
            await environment.publish(a_code_awaited(one["record_id"]))
            await reads(client, path, code_state="awaiting-agreement")
            await environment.publish(a_code(one["record_id"]), a_code_awaited(one["record_id"]))
            await reads(client, path, code="H43030000001", code_state="assigned")
            late = {"version": changed["version"], "values": {"uscc": None, "uscc_absent": True}}
            assert (await answer_of(await client.put(path, json=late), 409))["code"] == "number-change-needed"


async def test_invisible_characters_in_a_name_make_no_other_institution(environment: Environment) -> None:
    async with environment.running("registry"):
        caller = await a_maintainer(environment)
        async with environment.client("registry", caller) as client:
            one = await added(client)
            for name in ("湘潭市中心\u200b医院", "\ufeff湘潭市中心医院", "湘潭市中⼼医院"):
                answer = await client.post("/institutions", json={"values": {**HOSPITAL, "name": name}})
                assert (await answer_of(answer, 409))["record_id"] == one["record_id"]
            answer = await client.post(
                "/institutions", json={"values": {**HOSPITAL, "name": "湘潭\u202e市中心医院"}}
            )
            [problem] = (await answer_of(answer, 422))["errors"]
            assert (problem["field"], problem["code"]) == ("name", "reordering-character")


async def test_the_identity_in_force_is_reserved_until_the_next_is_approved(environment: Environment) -> None:
    async with environment.running("registry"):
        caller = await a_maintainer(environment)
        async with environment.client("registry", caller) as client:
            one = await added(client)
            subject_id, path = one["record_id"], f"/institutions/{one['record_id']}"
            await authorised(environment, client, caller, subject_id)
            await submitted(client, await filled_in(environment, client, caller, one))
            await environment.publish(a_case_event(CaseApproved, INSTITUTION, subject_id, 1))
            approved = await reads(client, path, state="approved")
            change = {"version": approved["version"], "values": {"licence_number": "PDY430302002"}}
            changed = await answer_of(await client.put(path, json=change), 200)
            refusal = await answer_of(await client.post("/institutions", json={"values": HOSPITAL}), 409)
            assert refusal["code"] == "record-exists-maintained"
            await submitted(client, changed)
            await environment.publish(a_case_event(CaseApproved, INSTITUTION, subject_id, 2, submission=2))
            await reads(client, path, state="approved")
            former = await answer_of(await client.post("/institutions", json={"values": HOSPITAL}), 409)
            assert former["code"] == "record-exists-maintained"
