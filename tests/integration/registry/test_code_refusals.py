"""A refused code on real parts: the maintainer and the units see that, why, and what to do now (COD-1)."""

from typing import Any

import aiohttp

from shared.clock import utc_now
from shared.contracts.coding.events import CodeAssigned, CodeAwaitingAgreement, CodeRefused
from shared.contracts.review.events import CaseApproved
from shared.ids import new_id
from shared.security.caller import Caller, Role
from tests.environment import Environment, a_caller, until
from tests.integration.registry.institution_fixtures import added, filled_in, submitted
from tests.integration.registry.registry_fixtures import (
    a_case_event,
    a_maintainer,
    answer_of,
    authorised,
    reads,
)

OWNER = {"owner_id": new_id(), "owner_name": "湘潭市乙医院", "owner_code": "H43030000001"}


def a_refusal(record_id: str, version: int = 1, **more: Any) -> CodeRefused:
    """What the coding service publishes of a refused code."""
    fields = {"kind": "institution", "name": "湘潭市中心医院", "reason": "identity-of-another", **OWNER, **more}
    return CodeRefused(subject_id=record_id, subject_version=version, region="430302", **fields)


def a_code(record_id: str, version: int) -> CodeAssigned:
    """What the coding service publishes of an assigned code."""
    fields = {"kind": "institution", "name": "湘潭市中心医院", "code": "H43030000009", "assigned_at": utc_now()}
    return CodeAssigned(subject_id=record_id, subject_version=version, region="430302", **fields)


def a_wait(record_id: str, version: int) -> CodeAwaitingAgreement:
    """What the coding service publishes of a code that waits for an agreement."""
    fields = {"kind": "institution", "name": "湘潭市中心医院"}
    return CodeAwaitingAgreement(subject_id=record_id, subject_version=version, region="430302", **fields)


async def an_approved(environment: Environment, client: aiohttp.ClientSession, caller: Caller) -> str:
    """An institution in force."""
    one = await added(client)
    record_id: str = one["record_id"]
    await authorised(environment, client, caller, record_id)
    await submitted(client, await filled_in(environment, client, caller, one))
    await environment.publish(a_case_event(CaseApproved, "institution", record_id, 1))
    await reads(client, f"/institutions/{record_id}", state="approved")
    return record_id


async def test_the_maintainer_and_the_nation_see_why_there_is_no_code_and_what_to_do(
    environment: Environment,
) -> None:
    async with environment.running("registry"):
        caller = await a_maintainer(environment)
        async with environment.client("registry", caller) as client:
            record_id = await an_approved(environment, client, caller)
            path = f"/institutions/{record_id}"
            assert (await reads(client, path, code_state="none"))["code_refusal"] is None
            await environment.publish(a_refusal(record_id))
            refusal = (await reads(client, path, code_state="refused"))["code_refusal"]
            assert refusal["code"] == "identity-of-another"
            for text in (refusal["zh"], refusal["en"]):
                assert OWNER["owner_name"] in text
                assert OWNER["owner_code"] in text
            assert "国家医保局" in refusal["next_zh"]
            assert "nation" in refusal["next_en"]
            mine = await answer_of(await client.get("/institutions/mine"), 200)
            assert [one["code_state"] for one in mine["items"]] == ["refused"]
            assert (await client.get("/institutions/refused-codes")).status == 403
        for region, seen in (("100000", 1), ("430300", 1), ("320000", 0)):
            async with environment.client("registry", a_caller(Role.REVIEWER, region)) as unit:
                listed = await answer_of(await unit.get("/institutions/refused-codes"), 200)
                assert [one["record_id"] for one in listed["items"]] == [record_id] * seen
                assert [one["code_refusal"] for one in listed["items"]] == [refusal] * seen


async def test_a_refusal_ends_with_the_code_and_an_older_event_brings_it_not_back(
    environment: Environment,
) -> None:
    async with environment.running("registry"):
        caller = await a_maintainer(environment)
        async with environment.client("registry", caller) as client:
            record_id = await an_approved(environment, client, caller)
            path = f"/institutions/{record_id}"
            await environment.publish(a_refusal(record_id, 2))
            await reads(client, path, code_state="refused")
            await environment.publish(a_wait(record_id, 1), a_wait(record_id, 3))
            assert (await reads(client, path, code_state="awaiting-agreement"))["code_refusal"] is None
            await handled(environment, a_refusal(record_id, 2))
            await reads(client, path, code_state="awaiting-agreement")
            await environment.publish(a_refusal(record_id, 4, owner_name=None, owner_code=None))
            refusal = (await reads(client, path, code_state="refused"))["code_refusal"]
            assert "None" not in refusal["zh"] + refusal["en"]
            await environment.publish(a_code(record_id, 5))
            assert (await reads(client, path, code_state="assigned"))["code_refusal"] is None
            await handled(environment, a_refusal(record_id, 6))
            assert (await reads(client, path, code="H43030000009"))["code_state"] == "assigned"


async def test_a_reason_that_this_version_does_not_know_is_shown_all_the_same(environment: Environment) -> None:
    async with environment.running("registry"):
        caller = await a_maintainer(environment)
        async with environment.client("registry", caller) as client:
            record_id = await an_approved(environment, client, caller)
            await environment.publish(a_refusal(record_id, reason="region-closed"))
            refusal = (await reads(client, f"/institutions/{record_id}", code_state="refused"))["code_refusal"]
            assert refusal["code"] == "code-refused"
            assert "region-closed" in refusal["zh"]


async def handled(environment: Environment, event: CodeRefused) -> None:
    """Publishes an event and waits until the registry has handled it."""
    async with environment.postgres("registry") as rows:
        before = await rows.fetchval("SELECT count(*) FROM inbox")
        await environment.publish(event)

        async def done() -> bool:
            return bool(await rows.fetchval("SELECT count(*) FROM inbox") > before)

        await until(done, what="one more message handled")
