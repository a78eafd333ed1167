"""Institutions: searched by words and numbers, added once, refused field by field."""

import asyncio
from typing import Any

import pytest

from shared.security.caller import Role
from tests.environment import Environment, a_caller, until
from tests.integration.registry.institution_fixtures import a_new, added, code_of
from tests.integration.registry.registry_fixtures import (
    HOSPITAL,
    a_maintainer,
    a_receipt,
    answer_of,
    authorised,
)

QUERIES = (
    "中心医院",
    "医院 中心",
    "xtszxyy",
    "ZXYY",
    "湘潭 zxyy",
    "１２４３０３００４４５３",
    "12430300445302343q",
    "44530234343O3O211A",
)

_SEARCHED = "SELECT * FROM institution_search ORDER BY record_id"
_START_JOB = """
INSERT INTO job (job_id, kind, arguments, correlation_id)
VALUES (gen_random_uuid(), 'registry.search-index', '{"kind": "institution"}', 'test')
"""


async def test_an_added_institution_is_found_by_parts_full_width_and_look_alikes(environment: Environment) -> None:
    async with environment.running("registry"):
        caller = await a_maintainer(environment)
        async with environment.client("registry", caller) as client:
            one = await added(client)
            await added(client, name="湘潭县人民医院", licence_number="PDY430321001")
            for query in QUERIES:
                page = await answer_of(await client.get("/institutions", params={"query": query}), 200)
                found = {item["record_id"]: item for item in page["items"]}
                assert one["record_id"] in found, query
            assert found[one["record_id"]] == {
                "record_id": one["record_id"],
                "name": HOSPITAL["name"],
                "numbers": {name: HOSPITAL[name] for name in ("uscc", "licence_number")},
                "region": HOSPITAL["pooling_region"],
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


async def test_records_from_before_are_found_by_initials_after_the_job(environment: Environment) -> None:
    async with environment.running("registry"):
        caller = await a_maintainer(environment)
        async with environment.client("registry", caller) as client, environment.postgres("registry") as rows:
            ids = [
                (await added(client, name=f"湘潭市{each}医院", licence_number=f"PDY43030200{number}"))["record_id"]
                for number, each in enumerate(("东方", "西山", "南岭"))
            ]
            before = [dict(row) for row in await rows.fetch(_SEARCHED)]
            # As the code before wrote it: without initials.
            await rows.execute("UPDATE institution_search SET searched = 'former', grams = '{former}'")

            async def found(words: str) -> list[str]:
                page = await answer_of(await client.get("/institutions", params={"query": words}), 200)
                return [item["record_id"] for item in page["items"]]

            assert await found("xtsdfyy") == []
            await rows.execute(_START_JOB)

            async def ended() -> bool:
                return bool(await rows.fetchval("SELECT bool_and(state = 'succeeded') FROM job"))

            await until(ended, what="the end of the job")
            assert await found("xtsdfyy") == ids[:1]
            assert [dict(row) for row in await rows.fetch(_SEARCHED)] == before


async def test_of_concurrent_additions_one_succeeds_and_the_others_conflict(
    environment: Environment,
) -> None:
    async with environment.running("registry"):
        caller = await a_maintainer(environment)
        async with environment.client("registry", caller) as client:
            forms = [
                {**HOSPITAL, "name": name} for name in ("湘潭市中心医院", "湘潭市 中心医院") for _ in range(4)
            ]
            answers = await asyncio.gather(
                *(client.post("/institutions", json={"values": form}) for form in forms)
            )
            bodies = [await answer.json() for answer in answers]
            assert sorted(answer.status for answer in answers) == [201] + [409] * 7
            ids = {body["record_id"] for body in bodies}
            assert len(ids) == 1
            assert {body["code"] for body in bodies if body.get("status") == 409} == {"record-exists-free"}
            await authorised(environment, client, caller, *ids)
            unrelated = await a_maintainer(environment)
            async with environment.client("registry", unrelated) as other:
                refusal = await answer_of(await other.post("/institutions", json={"values": HOSPITAL}), 409)
                assert refusal["code"] == "record-exists-maintained"
                assert "institution_id" not in refusal


@pytest.mark.parametrize(
    ("more", "refused"),
    [
        ({"uscc": "12430300445302343X"}, {"uscc": "uscc-irregular"}),
        ({"uscc": "1243O300445302343Q"}, {"uscc": "uscc-likely"}),
        ({"uscc": None}, {"uscc": "missing"}),
        ({"uscc": None, "uscc_absent": True}, {"explanation": "missing"}),
        ({"uscc_absent": True}, {"uscc": "uscc-or-absent", "explanation": "missing"}),
        ({"licence_number": None}, {"licence_number": "missing"}),
        ({"pooling_region": "999999"}, {"pooling_region": "unknown-region"}),
        ({"name": " "}, {"name": "name-empty"}),
        ({"uscc": None, "uscc_absent": True, "explanation": "forged"}, {"explanation": "receipt-refused"}),
    ],
)
async def test_an_invalid_addition_is_refused_field_by_field(
    environment: Environment, more: dict[str, Any], refused: dict[str, str]
) -> None:
    async with (
        environment.running("registry"),
        environment.client("registry", a_caller(Role.MAINTAINER, "430302")) as client,
    ):
        refusal = await answer_of(await client.post("/institutions", json=a_new(**more)), 422)
        assert code_of(refusal) == refused


async def test_no_credit_code_needs_an_explanation_and_the_military_waits(environment: Environment) -> None:
    caller = a_caller(Role.MAINTAINER, "430302")
    async with environment.running("registry"), environment.client("registry", caller) as client:
        explained = await added(client, uscc=None, uscc_absent=True, explanation=a_receipt(environment, caller))
        assert explained["attachments"]["explanation"]["pages"] == 2
        military = a_new(military=True, licence_number=None)
        refusal = await answer_of(await client.post("/institutions", json=military), 409)
        assert refusal["code"] == "military-not-yet"
        async with environment.postgres("registry") as rows:
            await rows.execute("UPDATE admission SET allowed = true")
        await added(client, military=True, licence_number=None)
