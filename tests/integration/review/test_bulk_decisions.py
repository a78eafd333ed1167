"""Bulk decisions, staff cases that wait for their institution, withdrawals, and the visibility of cases."""

from typing import Any
from uuid import UUID

from shared.contracts.registry.events import Scope
from shared.contracts.review.events import CaseWithdrawn
from shared.ids import new_id
from shared.security.caller import Role
from tests.environment import Environment, a_caller, until
from tests.integration.review.review_fixtures import ReviewClients, decide, read, review_clients
from tests.provider_events import maintainers_changed
from tests.unit.review.filings import (
    NATION,
    XIANGTAN,
    YUHU,
    a_filing,
    a_withdrawal_of,
    units_at,
)

UNITS = units_at(NATION, XIANGTAN, YUHU)


async def staffed(at: ReviewClients, nurses: int) -> tuple[Any, dict[UUID, UUID], list[UUID]]:
    """A hospital and its nurses, filed: the hospital, all cases by subject, the nurses' cases."""
    hospital = a_filing()
    staff = [a_filing(kind="nurse", parent=hospital.subject_id, title=f"护士{number}") for number in range(nurses)]
    cases = await at.filed(hospital, *staff)
    return hospital, cases, [cases[one.subject_id] for one in staff]


async def test_forty_five_nurses_are_approved_in_one_request_after_their_hospital(
    environment: Environment,
) -> None:
    async with review_clients(environment, *UNITS.values()) as at:
        hospital, cases, nurses = await staffed(at, 45)
        county = await at.reviewer(UNITS[YUHU])
        case = await read(county, f"/cases/{nurses[0]}")
        assert case["actions"] == ["return"]
        assert [(one["decision"], one["code"]) for one in case["blocked"]] == [("approve", "parent-not-approved")]
        status, problem = await decide(county, nurses[0], 1, "approve")
        assert (status, problem["code"]) == (409, "parent-not-approved")
        body: dict[str, Any] = {
            "decision": "approve",
            "cases": [{"case_id": str(one), "version": 1} for one in nurses],
        }
        async with county.post("/cases/decisions", json=body) as answer:
            results = (await answer.json())["results"]
        assert {one["code"] for one in results} == {"parent-not-approved"}
        assert all(one["zh"] and one["en"] and not one["done"] for one in results)
        await decide(county, cases[hospital.subject_id], 1, "approve")
        assert (await read(county, f"/cases/{nurses[0]}"))["blocked"] == []
        unrelated = new_id()
        body["cases"] += [{"case_id": str(unrelated), "version": 1}]
        body["cases"][0]["version"] = 7
        async with county.post("/cases/decisions", json=body) as answer:
            results = {one["case_id"]: one["code"] for one in (await answer.json())["results"]}
        assert results[str(unrelated)] == "not-found"
        assert results[str(nurses[0])] == "case-moved-on"
        assert sum(code is None for code in results.values()) == 44
        counts = await read(county, "/cases/counts")
        assert (counts["received"], counts["to_do"], counts["reported"]) == (46, 1, 45)
        city = await at.reviewer(UNITS[XIANGTAN])
        assert (await read(city, f"/cases/{nurses[1]}"))["blocked"][0]["code"] == "parent-not-approved"


async def test_a_job_approves_the_whole_work_list(environment: Environment) -> None:
    async with review_clients(environment, *UNITS.values()) as at:
        hospital, cases, nurses = await staffed(at, 230)
        waiting = a_filing(kind="nurse", parent=new_id(), title="另一机构的护士")
        await at.filed(waiting)
        county = await at.reviewer(UNITS[YUHU])
        await decide(county, cases[hospital.subject_id], 1, "approve")
        async with county.post("/cases/approvals", json={"kind": "nurse"}) as answer:
            assert answer.status == 202
            job_id = (await answer.json())["job_id"]

        async def ended() -> Any:
            job = await read(county, f"/review-jobs/{job_id}")
            return job if job["ended_at"] else None

        job = await until(ended, what="the end of the job")
        assert (job["state"], job["done"], job["result"]) == ("succeeded", 231, {"parent-not-approved": 1})
        counts = await read(county, "/cases/counts")
        assert (counts["to_do"], counts["reported"]) == (1, 231)
        assert len(nurses) == 230


async def test_a_withdrawn_filing_is_on_no_work_list(environment: Environment) -> None:
    async with environment.listening("review.#") as messages, review_clients(environment, *UNITS.values()) as at:
        filing = a_filing()
        case_id = (await at.filed(filing))[filing.subject_id]
        county = await at.reviewer(UNITS[YUHU])
        await environment.publish(a_withdrawal_of(filing))

        async def withdrawn() -> bool:
            return bool((await read(county, f"/cases/{case_id}"))["stage"] == "withdrawn")

        await until(withdrawn, what="the withdrawal")
        status, problem = await decide(county, case_id, 1, "approve")
        assert (status, problem["code"], problem["stage"]) == (409, "case-moved-on", "withdrawn")
        counts = await read(county, "/cases/counts")
        assert (counts["received"], counts["to_do"]) == (0, 0)
        assert (await read(county, "/cases"))["items"] == []
        assert [step["what"] for step in (await read(county, f"/cases/{case_id}"))["timeline"]] == [
            "filed",
            "withdrawn",
        ]

        async def published() -> bool:
            return any(kind == CaseWithdrawn.type for kind, _ in messages)

        await until(published, what="the event")
        await at.filed(a_filing(filing.subject_id, submission=2))
        assert (await read(county, "/cases/counts"))["to_do"] == 1


async def test_a_withdrawal_waits_for_the_filing_that_it_is_about(environment: Environment) -> None:
    filing = a_filing()
    async with review_clients(environment, *UNITS.values()) as at:
        await environment.publish(a_withdrawal_of(filing))
        case_id = (await at.filed(filing))[filing.subject_id]
        county = await at.reviewer(UNITS[YUHU])

        async def withdrawn() -> bool:
            return bool((await read(county, f"/cases/{case_id}"))["stage"] == "withdrawn")

        await until(withdrawn, what="the withdrawal")


async def test_a_filing_waits_in_review_and_not_in_a_queue_for_a_unit_of_its_route(
    environment: Environment,
) -> None:
    async with review_clients(environment) as at, environment.postgres("review") as postgres:
        filing, withdrawn = a_filing(), a_filing()
        await environment.publish(filing, withdrawn)

        async def waiting(count: int) -> bool:
            return bool(await postgres.fetchval("SELECT count(*) FROM waiting_filing") == count)

        await until(lambda: waiting(2), what="the filings")
        await environment.publish(a_withdrawal_of(withdrawn))
        await until(lambda: waiting(1), what="the withdrawal")
        await at.registered(UNITS[XIANGTAN])
        await until(lambda: waiting(0), what="the unit")
        city = await at.reviewer(UNITS[XIANGTAN])
        listed = (await read(city, "/cases"))["items"]
        assert [one["subject_id"] for one in listed] == [str(filing.subject_id)]


async def test_the_version_in_force_stands_beside_what_is_filed(environment: Environment) -> None:
    units = units_at(NATION)
    first = a_filing(values={"name": "甲医院", "address": "和平路1号"})
    async with review_clients(environment, *units.values()) as at:
        case_id = (await at.filed(first))[first.subject_id]
        nation = await at.reviewer(units[NATION])
        seen = await read(nation, f"/cases/{case_id}")
        assert (seen["in_force"], seen["changed"]) == (None, [])
        await decide(nation, case_id, 1, "approve")
        changed = {"name": "甲医院", "address": "和平路2号", "fax": "1"}
        await at.filed(a_filing(first.subject_id, submission=2, values=changed, attachments=first.attachments))
        seen = await read(nation, f"/cases/{case_id}")
        assert seen["in_force"]["values"] == {"name": "甲医院", "address": "和平路1号"}
        assert seen["in_force"]["submission"] == 1
        assert sorted(seen["changed"]) == ["address", "fax"]
        reasons = [{"field": "address", "reason": "请附证明"}]
        await decide(nation, case_id, 3, "return", reasons=reasons)
        assert (await read(nation, f"/cases/{case_id}"))["in_force"]["submission"] == 1


async def test_the_present_maintainer_sees_the_cases_of_the_provider_and_its_staff(
    environment: Environment,
) -> None:
    async with review_clients(environment, *UNITS.values()) as at, environment.postgres("review") as postgres:
        hospital, cases, (nurse,) = await staffed(at, 1)
        successor = a_caller(Role.MAINTAINER)
        first = await at.maintainer(hospital)
        case_id = cases[hospital.subject_id]

        async def maintained(version: int, *accounts: tuple[UUID, *tuple[Scope, ...]]) -> None:
            await environment.publish(maintainers_changed(hospital.subject_id, version, YUHU, *accounts))

            async def known() -> bool:
                found = await postgres.fetchval("SELECT version FROM provider_maintainers")
                return bool(found == version)

            await until(known, what="the maintainers")

        async with environment.client("review", successor) as second:
            assert (await first.get(f"/cases/{case_id}")).status == 200
            assert (await second.get(f"/cases/{case_id}")).status == 404
            both = Scope.INSTITUTION, Scope.NURSE
            await maintained(1, (hospital.filed_by, *both), (successor.account_id, *both))
            for client in (first, second):
                for path in (f"/cases/{case_id}", f"/cases/{nurse}", f"/subjects/{hospital.subject_id}/case"):
                    assert (await client.get(path)).status == 200
            await maintained(2, (hospital.filed_by, Scope.NURSE), (successor.account_id, Scope.INSTITUTION))
            assert (await first.get(f"/cases/{nurse}")).status == 200
            assert (await second.get(f"/cases/{nurse}")).status == 404
            await maintained(3, (successor.account_id, Scope.INSTITUTION))
            assert (await first.get(f"/cases/{case_id}")).status == 404
            assert (await second.get(f"/cases/{case_id}")).status == 200
            body = {"reason": "地址有误"}
            assert (await second.post(f"/cases/{case_id}/return-requests", json=body)).status == 201
