"""Staff: one person at many providers, known by the ID number, with one code."""

import asyncio
from typing import Any
from uuid import UUID

import aiohttp
import pytest

from shared.clock import utc_now
from shared.contracts.coding.events import CodeAssigned
from shared.contracts.registry.events import PractitionerApproved, SubmissionFiled
from shared.contracts.review.events import CaseApproved
from shared.identifiers.numbers import masked
from tests.environment import Environment, until
from tests.integration.registry.institution_fixtures import added
from tests.integration.registry.registry_fixtures import a_case_event, a_maintainer, answer_of, authorised, reads
from tests.samples import NURSE_DETAILS, PHYSICIAN_DETAILS

ID_18, ID_15 = "430302190001010016", "430302000101001"
QUALIFICATION = "202043111"
ZHANG = {"name": "张三", "id_type": "01", "id_number": ID_18}
CODE = "D430302000001"


def physician(**more: Any) -> dict[str, Any]:
    """The whole form of a physician."""
    return {**ZHANG, **PHYSICIAN_DETAILS, "qualification_number": QUALIFICATION + ID_18, **more}


def nurse(**more: Any) -> dict[str, Any]:
    """The whole form of the same person as a nurse."""
    return {**ZHANG, **NURSE_DETAILS, "sex": "1", **more}


async def hospitals(environment: Environment, client: aiohttp.ClientSession, caller: Any, count: int) -> list[str]:
    """Institutions whose staff the caller maintains."""
    found = [(await added(client, name=f"湘潭市第{n}医院"))["record_id"] for n in range(1, count + 1)]
    await authorised(environment, client, caller, *found, scopes=("institution", "physician", "nurse"))
    return found


async def post(
    client: aiohttp.ClientSession,
    provider_id: str,
    values: dict[str, Any],
    status: int = 201,
    kind: str = "physicians",
) -> dict[str, Any]:
    """Somebody is added to a provider's staff."""
    answer = await client.post(f"/{kind}", json={"provider_id": provider_id, "values": values})
    return await answer_of(answer, status)


async def submitted(
    client: aiohttp.ClientSession, one: dict[str, Any], kind: str = "physicians"
) -> dict[str, Any]:
    """The record, submitted."""
    path = f"/{kind}/{one['record_id']}/submission"
    return await answer_of(await client.post(path, json={"version": one["version"]}), 200)


async def approved(
    environment: Environment, client: aiohttp.ClientSession, one: dict[str, Any], kind: str = "physicians"
) -> dict[str, Any]:
    """The record, submitted and approved by the nation."""
    await submitted(client, one, kind)
    await environment.publish(a_case_event(CaseApproved, kind[:-1], one["record_id"], 4))
    return await reads(client, f"/{kind}/{one['record_id']}", state="approved", life="in-force")


def filings(received: list[tuple[str, Any]]) -> list[Any]:
    """What was submitted of physicians."""
    return [data for kind, data in received if kind == SubmissionFiled.type and data["kind"] == "physician"]


def a_code(practitioner_id: str) -> CodeAssigned:
    """The event of a physician's code."""
    fields = {"kind": "physician", "code": CODE, "name": "张三", "assigned_at": utc_now()}
    return CodeAssigned(subject_id=UUID(practitioner_id), subject_version=1, region="430302", **fields)


async def test_one_person_at_two_institutions_bears_one_code(environment: Environment) -> None:
    async with environment.running("registry"), environment.listening("registry.#") as received:
        caller = await a_maintainer(environment)
        async with environment.client("registry", caller) as client:
            first, second = await hospitals(environment, client, caller, 2)
            one = await approved(environment, client, await post(client, first, physician()))
            await environment.publish(a_code(one["code_holder_id"]))
            await reads(client, f"/physicians/{one['record_id']}", code=CODE, code_state="assigned")
            other = await post(client, second, physician(id_number=ID_15, staff_state="3"))
            assert (other["code_holder_id"], other["code"]) == (one["code_holder_id"], None)
            there = await approved(environment, client, other)
            assert (there["code"], there["code_state"]) == (CODE, "assigned")
            as_nurse = await post(client, first, nurse(), kind="nurses")
            assert as_nurse["code_holder_id"] != one["code_holder_id"]
            person = await answer_of(await client.get(f"/practitioners/{one['code_holder_id']}"), 200)
            assert [(each["kind"], each["provider_id"], each["staff_state"]) for each in person["practices"]] == [
                ("physician", first, "1"),
                ("physician", second, "3"),
                ("nurse", first, "1"),
            ]
        events = [data for kind, data in received if kind == PractitionerApproved.type]
        assert {each["subject_id"] for each in events} == {one["code_holder_id"]}
        assert sorted(each["subject_version"] for each in events) == [1, 2]


async def test_many_institutions_add_the_same_new_person_at_once(environment: Environment) -> None:
    async with environment.running("registry"):
        caller = await a_maintainer(environment)
        async with environment.client("registry", caller) as client:
            providers = await hospitals(environment, client, caller, 4)
            found = await asyncio.gather(*(post(client, one, physician()) for one in providers))
            assert len({one["code_holder_id"] for one in found}) == 1
            async with environment.postgres("registry") as rows:
                assert await rows.fetchval("SELECT count(*) FROM practitioner") == 1
                assert await rows.fetchval("SELECT count(*) FROM person_identity") == 1


@pytest.mark.parametrize("number", [ID_18, ID_15, "４３０３０２１９０００１０１００１６"])
async def test_a_person_is_at_a_provider_once(environment: Environment, number: str) -> None:
    async with environment.running("registry"):
        caller = await a_maintainer(environment)
        async with environment.client("registry", caller) as client:
            [provider] = await hospitals(environment, client, caller, 1)
            one = await post(client, provider, ZHANG)
            refusal = await post(client, provider, {**ZHANG, "id_number": number, "name": "张 三"}, 409)
            assert (refusal["code"], refusal["record_id"]) == ("staff-exists", one["record_id"])
            assert "张三" in refusal["title"]
            passport = {**ZHANG, "id_type": "08", "id_number": ID_18}
            await post(client, provider, passport)


async def test_a_draft_follows_its_id_number_and_an_approved_record_stays_with_its_person(
    environment: Environment,
) -> None:
    async with environment.running("registry"):
        caller = await a_maintainer(environment)
        async with environment.client("registry", caller) as client:
            [provider] = await hospitals(environment, client, caller, 1)
            draft = await post(client, provider, {**ZHANG, "id_type": "08", "id_number": "E00000001"})
            path = f"/physicians/{draft['record_id']}"
            change = {"version": draft["version"], "values": physician(id_type="08", id_number="E00000002")}
            moved = await answer_of(await client.put(path, json=change), 200)
            assert moved["code_holder_id"] != draft["code_holder_id"]
            one = await approved(environment, client, moved)
            renewed = {"version": one["version"], "values": {"id_number": "E00000003"}}
            kept = await answer_of(await client.put(path, json=renewed), 200)
            assert kept["code_holder_id"] == one["code_holder_id"]
            again = await post(client, provider, {**ZHANG, "id_type": "08", "id_number": "E00000002"}, 409)
            assert again["code"] == "staff-exists"
            await post(client, provider, {**ZHANG, "id_type": "08", "id_number": "E00000009"})
            of_another = {"version": kept["version"], "values": {"id_number": "E00000009"}}
            refusal = await answer_of(await client.put(path, json=of_another), 409)
            assert refusal["code"] == "id-number-of-another"


async def test_many_are_submitted_in_one_action_and_the_others_say_why(environment: Environment) -> None:
    async with environment.running("registry"), environment.listening("registry.#") as received:
        caller = await a_maintainer(environment)
        async with environment.client("registry", caller) as client:
            [provider] = await hospitals(environment, client, caller, 1)
            numbers = [f"E0000{n:04d}" for n in range(230)]
            for number in numbers:
                await post(client, provider, physician(id_type="08", id_number=number, name="李四"))
            lacking = await post(client, provider, {**ZHANG, "name": "缺项"})
            job = await answer_of(
                await client.post("/physicians/submissions", json={"provider_id": provider}), 202
            )
            done = await reads(client, f"/registry-jobs/{job['job_id']}", state="succeeded")
            assert (done["done"], done["total"]) == (231, 231)
            assert (done["result"]["submitted"], done["result"]["refused"]) == (230, 1)
            [refusal] = done["result"]["refusals"]
            assert (refusal["record_id"], refusal["code"]) == (lacking["record_id"], "fields-refused")
            assert "certificate_number" in {one["field"] for one in refusal["fields"]}
            page = await answer_of(await client.get("/physicians", params={"state": "submitted"}), 200)
            assert {one["provider_id"] for one in page["items"]} == {provider}

            async def all_filed() -> bool:
                return len(filings(received)) == len(numbers)

            await until(all_filed, what="an event of each submission")
            filed = filings(received)
            assert {one["parent"] for one in filed} == {provider}
            assert all("E0000" not in str(one["values"]["id_number"]) for one in filed)


async def test_staff_are_listed_by_name_number_and_id_and_by_nobody_else(environment: Environment) -> None:
    async with environment.running("registry"):
        caller, outsider = await a_maintainer(environment), await a_maintainer(environment)
        async with (
            environment.client("registry", caller) as client,
            environment.client("registry", outsider) as another,
        ):
            [provider] = await hospitals(environment, client, caller, 1)
            one = await post(client, provider, physician(name="阿依古丽・买买提"))
            await post(client, provider, {"name": "李四", "id_type": "08", "id_number": "E00000001"})
            for query in ("阿依古丽", "买买提", "110430000001234", ID_18, ID_15, "０１２３４"):
                found = await answer_of(await client.get("/physicians", params={"query": query}), 200)
                assert [each["record_id"] for each in found["items"]] == [one["record_id"]], query
            [seen] = found["items"]
            assert (seen["name"], seen["numbers"]["id_number"]) == ("阿依古丽·买买提", masked(ID_18))
            assert (await answer_of(await another.get("/physicians"), 200))["items"] == []
            await answer_of(await another.get(f"/physicians/{one['record_id']}"), 404)
            await answer_of(await another.get(f"/practitioners/{one['code_holder_id']}"), 404)
            await post(another, provider, ZHANG, 404)
            async with environment.postgres("registry") as rows:
                kept = await rows.fetchval("SELECT string_agg(values::text, '') FROM physician_copy")
                assert ID_18 not in kept


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"id_number": "430302190001010017"}, {"id_number": "id-number-check-digit"}),
        (
            {"qualification_number": QUALIFICATION + "430302190002020027"},
            {"qualification_number": "certificate-of-another"},
        ),
        ({"title": "243"}, {"title": "hospital-pharmacist"}),
        ({"formal_contract": False}, {"formal_contract": "formal-contract-only"}),
        ({"scope": ["31"]}, {"scope": "scope-of-another-category"}),
        ({"contract_until": "2030-01-01"}, {"contract_until": "long-term-or-last-day"}),
        ({"name": "<script>", "certificate_number": None}, {"name": "name-character"}),
    ],
)
async def test_what_is_wrong_is_named_and_nothing_is_stored(
    environment: Environment, values: dict[str, Any], wrong: dict[str, str]
) -> None:
    async with environment.running("registry"):
        caller = await a_maintainer(environment)
        async with environment.client("registry", caller) as client:
            [provider] = await hospitals(environment, client, caller, 1)
            refusal = await post(client, provider, physician(**values), 422)
            assert {one["field"]: one["code"] for one in refusal["errors"]} == wrong
            async with environment.postgres("registry") as rows:
                assert await rows.fetchval("SELECT count(*) FROM physician") == 0


@pytest.mark.parametrize("state", ["2", "4"])
async def test_who_has_retired_or_left_is_not_recorded_anew(environment: Environment, state: str) -> None:
    async with environment.running("registry"):
        caller = await a_maintainer(environment)
        async with environment.client("registry", caller) as client:
            [provider] = await hospitals(environment, client, caller, 1)
            left = {"left_on": "2026-01-31"} if state == "4" else {}
            one = await post(client, provider, physician(staff_state=state, **left))
            path = f"/physicians/{one['record_id']}/submission"
            refusal = await answer_of(await client.post(path, json={"version": one["version"]}), 409)
            assert refusal["code"] == "not-in-post"
