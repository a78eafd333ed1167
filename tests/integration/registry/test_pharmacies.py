"""Pharmacies: the second kind of record has every feature of institutions."""

from typing import Any
from uuid import UUID

import aiohttp
import pytest

from shared.clock import utc_now
from shared.contracts.coding.events import CodeAssigned
from shared.contracts.registry.events import AuthorisationPrepared, ProviderApproved, SubmissionFiled
from shared.contracts.review.events import CaseApproved, CaseOpened
from shared.security.caller import Caller, Role
from tests.environment import Environment, a_caller, until
from tests.integration.registry.registry_fixtures import (
    HOSPITAL,
    a_case_event,
    a_maintainer,
    a_receipt,
    a_scan,
    answer_of,
    authorised,
    reads,
)
from tests.samples import PHARMACY_DETAILS

STORE = {
    "name": "湘潭市平安大药房基建营店",
    "uscc": "91350100M000100Y43",
    "licence_number": "湘DA731000123",
    "pooling_region": "430302",
}


async def added(client: aiohttp.ClientSession, **more: Any) -> dict[str, Any]:
    """A new pharmacy."""
    return await answer_of(await client.post("/pharmacies", json={"values": {**STORE, **more}}), 201)


async def filled_in(
    environment: Environment, client: aiohttp.ClientSession, caller: Caller, one: dict[str, Any]
) -> dict[str, Any]:
    """The pharmacy with all that is required, and another name on its drug licence."""
    papers = {name: a_receipt(environment, caller, f"{name}.pdf") for name in ("certificate", "licence")}
    values = {**PHARMACY_DETAILS, "licence_name": "湘潭市康民大药房"}
    change = {"version": one["version"], "values": values, "attachments": papers}
    return await answer_of(await client.put(f"/pharmacies/{one['record_id']}", json=change), 200)


async def test_it_is_added_found_submitted_reviewed_in_force_and_coded(environment: Environment) -> None:
    async with environment.running("registry"), environment.listening("registry.#") as received:
        caller = await a_maintainer(environment)
        async with environment.client("registry", caller) as client:
            one = await added(client)
            again = await answer_of(await client.post("/pharmacies", json={"values": STORE}), 409)
            assert (again["code"], again["record_id"]) == ("record-exists-free", one["record_id"])
            for query in ("平安 基建营", "湘ＤA731", "91350100m000"):
                found = await answer_of(await client.get("/pharmacies", params={"query": query}), 200)
                assert [each["record_id"] for each in found["items"]] == [one["record_id"]], query
            others = await answer_of(await client.get("/institutions", params={"query": "平安 基建营"}), 200)
            assert others["items"] == []
            await authorised(environment, client, caller, one["record_id"], scopes=("pharmacy",))
            path = f"/pharmacies/{one['record_id']}"
            full = await filled_in(environment, client, caller, one)
            assert full["missing"] == []
            assert [each["code"] for each in full["warnings"]] == ["licence-name-differs"]
            await answer_of(await client.post(f"{path}/submission", json={"version": full["version"]}), 200)
            for number, kind in enumerate((CaseOpened, CaseApproved), start=1):
                await environment.publish(a_case_event(kind, "pharmacy", one["record_id"], number))
            approved = await reads(client, path, state="approved", life="in-force")
            assert approved["in_force"]["values"] == full["values"]
            await environment.publish(a_code(one["record_id"]))
            coded = await reads(client, path, code="P43030200001")
            fixed = {"version": coded["version"], "values": {"licence_number": "湘DA731000124"}}
            refusal = await answer_of(await client.put(path, json=fixed), 409)
            assert refusal["code"] == "number-change-needed"
            mine = await answer_of(await client.get("/pharmacies/mine"), 200)
            assert [each["scopes"] for each in mine["items"]] == [["pharmacy"]]

        async def approval() -> ProviderApproved | None:
            approvals = [data for kind, data in received if kind == ProviderApproved.type]
            return ProviderApproved.model_validate(approvals[0]) if approvals else None

        event: ProviderApproved = await until(approval, what="the approval")
        assert (event.kind, event.name, event.legal_name) == ("pharmacy", STORE["name"], STORE["name"])
        assert (event.uscc, event.licence_number) == (STORE["uscc"], STORE["licence_number"])
        assert event.provider_type == PHARMACY_DETAILS["chain_type"]


def a_code(record_id: str) -> CodeAssigned:
    """The event of an assigned code."""
    return CodeAssigned(
        subject_id=UUID(record_id),
        subject_version=1,
        region="430302",
        kind="pharmacy",
        code="P43030200001",
        name=STORE["name"],
        assigned_at=utc_now(),
    )


@pytest.mark.parametrize(
    ("more", "wrong"),
    [
        ({"uscc": None}, {"uscc": "pharmacy-uscc-required"}),
        (
            {"uscc": None, "name": " ", "licence_number": None, "pooling_region": "999999"},
            {
                "uscc": "pharmacy-uscc-required",
                "name": "name-empty",
                "licence_number": "missing",
                "pooling_region": "unknown-region",
            },
        ),
        ({"uscc_absent": True}, {"uscc_absent": "no-such-field"}),
        ({"uscc": "91350100M000100Y44", "uscc_irregular": True}, {"uscc_certificate": "missing"}),
    ],
)
async def test_what_cannot_be_added_is_named_field_by_field_at_once(
    environment: Environment, more: dict[str, Any], wrong: dict[str, str]
) -> None:
    async with (
        environment.running("registry"),
        environment.client("registry", a_caller(Role.MAINTAINER, "430302")) as client,
    ):
        refusal = await answer_of(await client.post("/pharmacies", json={"values": {**STORE, **more}}), 422)
        assert {one["field"]: one["code"] for one in refusal["errors"]} == wrong
        async with environment.postgres("registry") as rows:
            assert await rows.fetchval("SELECT count(*) FROM pharmacy") == 0


async def test_a_wrong_receipt_is_named_beside_the_wrong_values(environment: Environment) -> None:
    async with (
        environment.running("registry"),
        environment.client("registry", a_caller(Role.MAINTAINER, "430302")) as client,
    ):
        wrong = {"values": {**STORE, "uscc": None}, "attachments": {"licence": "forged", "diploma": "forged"}}
        refusal = await answer_of(await client.post("/pharmacies", json=wrong), 422)
        assert {one["field"] for one in refusal["errors"]} == {"uscc", "licence", "diploma"}


async def test_the_scope_of_pharmacies_opens_no_institution_and_that_of_pharmacists_no_pharmacy(
    environment: Environment,
) -> None:
    async with environment.running("registry"):
        caller, other = await a_maintainer(environment), await a_maintainer(environment)
        async with (
            environment.client("registry", caller) as client,
            environment.client("registry", other) as pharmacists,
        ):
            store = await added(client)
            hospital = await answer_of(await client.post("/institutions", json={"values": HOSPITAL}), 201)
            await authorised(environment, client, caller, store["record_id"], scopes=("pharmacy",))
            await filled_in(environment, client, caller, store)
            change = {"version": 1, "values": {"address": "别处"}}
            closed = await answer_of(await client.put(f"/institutions/{hospital['record_id']}", json=change), 403)
            assert closed["code"] == "scope-required"
            await authorised(environment, pharmacists, other, store["record_id"], scopes=("pharmacist",))
            seen = await answer_of(await pharmacists.get(f"/pharmacies/{store['record_id']}"), 200)
            assert (seen["name"], seen["values"]) == (STORE["name"], None)
            held = {"scopes": ["pharmacy"], "provider_ids": [store["record_id"]]}
            refusal = await answer_of(await pharmacists.post("/authorisations", json=held), 409)
            assert (refusal["code"], refusal["provider_ids"]) == ("provider-scope-held", [store["record_id"]])


@pytest.mark.parametrize(("region", "status"), [("430300", 200), ("430304", 404)])
async def test_units_read_the_pharmacies_of_their_region(
    environment: Environment, region: str, status: int
) -> None:
    async with environment.running("registry"):
        async with environment.client("registry", a_caller(Role.MAINTAINER, "430302")) as client:
            one = await added(client)
        async with environment.client("registry", a_caller(Role.REVIEWER, region)) as unit:
            await answer_of(await unit.get(f"/pharmacies/{one['record_id']}"), status)


CHAIN = {"name": "平安大药房连锁有限公司", "uscc": "９１350100M000100Y43"}


async def test_a_chain_asks_for_all_its_stores_by_one_letter_a_person_for_one(
    environment: Environment,
) -> None:
    async with environment.running("registry"), environment.listening("registry.#") as received:
        caller = await a_maintainer(environment)
        async with environment.client("registry", caller) as client:
            stores = [
                (await added(client, name=f"平安大药房第{n}门店", licence_number=f"湘DA73100012{n}"))["record_id"]
                for n in range(3)
            ]
            asked = {"scopes": ["pharmacy", "pharmacist"], "provider_ids": stores}
            alone = await answer_of(await client.post("/authorisations", json=asked), 422)
            assert [one["code"] for one in alone["errors"]] == ["one-pharmacy-for-a-person"]
            wrong = {**asked, "enterprise": {"name": " ", "uscc": "9135"}}
            refusal = await answer_of(await client.post("/authorisations", json=wrong), 422)
            assert {one["field"] for one in refusal["errors"]} == {"enterprise.name", "enterprise.uscc"}
            whole = {**asked, "enterprise": CHAIN}
            one = await answer_of(await client.post("/authorisations", json=whole), 201)
            assert one["enterprise"] == {"name": CHAIN["name"], "uscc": "91350100M000100Y43"}
            again = await answer_of(await client.post("/authorisations", json=whole), 201)
            assert again["letter_number"] == one["letter_number"]
            other = {**whole, "enterprise": {**CHAIN, "name": "平安大药房有限公司"}}
            another = await answer_of(await client.post("/authorisations", json=other), 201)
            assert another["letter_number"] != one["letter_number"]
            await environment.publish(a_scan(one))
            await reads(client, f"/authorisations/{one['authorisation_id']}", state="submitted")

        async def submission() -> SubmissionFiled | None:
            filed = [data for kind, data in received if kind == SubmissionFiled.type]
            return SubmissionFiled.model_validate(filed[0]) if filed else None

        event: SubmissionFiled = await until(submission, what="the submission")
        assert event.title == "张三：平安大药房连锁有限公司（3 家门店）"
        assert event.values["enterprise_uscc"] == "91350100M000100Y43"
        prepared = [data for kind, data in received if kind == AuthorisationPrepared.type]
        assert [each["enterprise"]["name"] for each in prepared] == [CHAIN["name"], "平安大药房有限公司"]
        assert {each["role"] for each in prepared} == {"零售药店维护人员"}


async def test_the_legal_representatives_number_is_sealed_at_rest_and_masked_in_the_event(
    environment: Environment,
) -> None:
    secret = PHARMACY_DETAILS["legal_representative_id_number"]
    async with environment.running("registry"), environment.listening("registry.submission.#") as received:
        caller = await a_maintainer(environment)
        async with environment.client("registry", caller) as client:
            one = await added(client)
            await authorised(environment, client, caller, one["record_id"], scopes=("pharmacy",))
            full = await filled_in(environment, client, caller, one)
            assert full["values"]["legal_representative_id_number"] == secret
            path = f"/pharmacies/{one['record_id']}/submission"
            await answer_of(await client.post(path, json={"version": full["version"]}), 200)

        async def submission() -> SubmissionFiled | None:
            filed = [data for _, data in received if data["kind"] == "pharmacy"]
            return SubmissionFiled.model_validate(filed[0]) if filed else None

        event: SubmissionFiled = await until(submission, what="the submission")
        assert event.values["legal_representative_id_number"] == "430*************16"
        async with environment.postgres("registry") as rows:
            for table in ("pharmacy_copy", "pharmacy_snapshot", "outbox", "audit"):
                statement = f'SELECT count(*) FROM "{table}" AS one WHERE one::text LIKE $1'
                assert await rows.fetchval(statement, f"%{secret}%") == 0, table
