"""A policy change assigns codes to waiting records, in slices, and misses no record that is approved meanwhile."""

import asyncio
from typing import Any

import aiohttp
import pytest

from deploy.laptop.stack.ports import free_port
from services.coding import use_cases
from shared.contracts.coding.events import CodeAssigned, CodeAwaitingAgreement
from shared.security.caller import Role
from tests.approvals import approved
from tests.environment import Environment, a_caller, until


async def set_policy(
    client: aiohttp.ClientSession, provider_type: str, moment: str, **more: str
) -> dict[str, Any]:
    """The answer to a change of policy."""
    async with client.put(f"/code-policies/{provider_type}", json={"moment": moment, **more}) as answer:
        assert answer.status == 200, await answer.text()
        body: dict[str, Any] = await answer.json()
        return body


async def succeeded(client: aiohttp.ClientSession, job_id: str) -> dict[str, Any]:
    """The job of a change, once it has ended."""

    async def look() -> dict[str, Any] | None:
        async with client.get(f"/coding-jobs/{job_id}") as answer:
            job: dict[str, Any] = await answer.json()
            assert answer.status == 200, job
            return job if job["state"] == "succeeded" else None

    found: dict[str, Any] = await until(look, what="the job's end")
    return found


async def test_waiting_records_get_their_codes_after_a_policy_change(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(use_cases, "SLICE", 7)
    waiting = [approved(number, institution_type="C220") for number in range(20)]
    others = [approved(number, institution_type="D100") for number in range(20, 23)]
    async with (
        environment.listening("coding.#") as received,
        environment.running("coding"),
        environment.client("coding", a_caller(Role.REVIEWER)) as nation,
    ):
        for provider_type in ("C", "D"):
            await succeeded(nation, (await set_policy(nation, provider_type, "agreement"))["job_id"])
        await environment.publish(*waiting, *others)

        async def all_wait() -> bool:
            return len(received) == 23

        await until(all_wait, what="all waiting")
        assert {kind for kind, _ in received} == {CodeAwaitingAgreement.type}
        change = await set_policy(nation, "C", "approval")
        assert change["policies"] == {"": "approval", "C": "approval", "D": "agreement"}
        job = await succeeded(nation, change["job_id"])
        assert (job["done"], job["total"], job["result"]) == (20, 20, {"assigned": 20})

        async def coded() -> bool:
            return len(received) == 43

        await until(coded, what="twenty codes")
    codes = {data["subject_id"]: data["code"] for kind, data in received if kind == CodeAssigned.type}
    assert codes.keys() == {str(event.subject_id) for event in waiting}
    assert sorted(int(code[7:]) for code in codes.values()) == list(range(1, 21))


async def test_records_approved_during_a_policy_change_get_their_codes(environment: Environment) -> None:
    events = [approved(number, institution_type="C220") for number in range(400)]
    async with (
        environment.listening("coding.#") as received,
        environment.running("coding"),
        environment.running("coding", http_port=free_port()),
        environment.client("coding", a_caller(Role.REVIEWER)) as nation,
    ):
        await set_policy(nation, "C2", "agreement")
        publishing = asyncio.gather(*(environment.publish(*events[start::8]) for start in range(8)))

        async def some_wait() -> bool:
            return len(received) > 50

        await until(some_wait, what="the first waiting")
        await set_policy(nation, "C2", "approval")
        await publishing

        async def all_coded() -> bool:
            return len({data["subject_id"] for kind, data in received if kind == CodeAssigned.type}) == len(events)

        await until(all_coded, what="four hundred codes")


async def test_a_record_without_a_free_serial_does_not_delay_others(environment: Environment) -> None:
    beyond = [approved(number, "430302", institution_type="C220") for number in range(3)]
    elsewhere = approved(9, "430202", institution_type="C220")
    async with (
        environment.listening("coding.#") as received,
        environment.running("coding"),
        environment.client("coding", a_caller(Role.REVIEWER)) as nation,
        environment.postgres("coding") as rows,
    ):
        await succeeded(nation, (await set_policy(nation, "C", "agreement"))["job_id"])
        await environment.publish(*beyond, elsewhere)
        await rows.execute("INSERT INTO counter VALUES ('H', '4303', 99998)")

        async def all_wait() -> bool:
            return len(received) == 4

        await until(all_wait, what="all waiting")
        job = await succeeded(nation, (await set_policy(nation, "C", "approval"))["job_id"])
        assert (job["done"], job["result"]) == (4, {"assigned": 2})
        kept = await rows.fetch("SELECT code FROM holder WHERE code IS NOT NULL ORDER BY code")
        assert [row["code"] for row in kept] == ["H43020200001", "H43030299999"]
        assert await rows.fetchval("SELECT last FROM counter WHERE prefecture = '4303'") == 99_999
        assert await rows.fetchval("SELECT count(*) FROM identity") == 2


async def test_a_policy_is_of_a_kind_that_has_codes(environment: Environment) -> None:
    async with environment.running("coding"), environment.client("coding", a_caller(Role.REVIEWER)) as nation:
        body = await set_policy(nation, "*", "agreement", kind="pharmacy")
        assert (body["kind"], body["policies"]) == ("pharmacy", {"": "agreement"})
        async with nation.get("/code-policies") as answer:
            assert (await answer.json())["policies"] == {"": "approval"}
        refused = {"moment": "agreement", "kind": "zone"}
        async with nation.put("/code-policies/A", json=refused) as answer:
            assert (answer.status, (await answer.json())["code"]) == (422, "kind-without-codes")
