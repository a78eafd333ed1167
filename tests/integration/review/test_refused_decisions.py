"""Decisions that come too late, from elsewhere, or from the wrong people."""

import asyncio

from shared.ids import new_id
from shared.security.caller import Role
from tests.environment import Environment, a_caller
from tests.integration.review.review_fixtures import decide, read, review_clients
from tests.unit.review.filings import HUNAN, NATION, XIANGTAN, XIANGXIANG, YUHU, a_filing, units_at


async def test_of_concurrent_decisions_one_succeeds_and_the_others_conflict(environment: Environment) -> None:
    units = units_at(NATION, XIANGTAN, YUHU)
    filing = a_filing()
    async with review_clients(environment, *units.values()) as at:
        case_id = (await at.filed(filing))[filing.subject_id]
        county = await at.reviewer(units[YUHU])
        reasons = [{"field": "name", "reason": "不符"}]
        answers = await asyncio.gather(
            *(decide(county, case_id, 1, "approve") for _ in range(5)),
            *(decide(county, case_id, 1, "return", reasons=reasons) for _ in range(5)),
        )
        view = await read(county, f"/cases/{case_id}")
    assert sorted(status for status, _ in answers) == [200] + [409] * 9
    assert view["version"] == 2
    refusals = [answer for status, answer in answers if status == 409]
    assert {answer["code"] for answer in refusals} == {"case-moved-on"}
    assert {answer["what"] for answer in refusals} == {view["timeline"][-1]["what"]}
    assert all(units[YUHU].name in answer["title"] for answer in refusals)


async def test_a_late_decision_is_refused_in_the_readers_language(environment: Environment) -> None:
    units = units_at(NATION, HUNAN, XIANGTAN, YUHU)
    filing = a_filing()
    async with review_clients(environment, *units.values()) as at:
        case_id = (await at.filed(filing))[filing.subject_id]
        county = await at.reviewer(units[YUHU])
        await decide(county, case_id, 1, "approve")
        _, zh = await decide(county, case_id, 1, "approve")
        _, en = await decide(county, case_id, 2, "approve", headers={"Accept-Language": "en"})
        status, early = await decide(await at.reviewer(units[HUNAN]), case_id, 2, "approve")
    assert "湘潭市雨湖区医疗保障局已审核上报" in zh["title"]
    assert "现由湘潭市医疗保障局（市级）审核" in zh["title"]
    assert "reported it upward at 20" in en["title"]
    assert en["title"].endswith("It is now with 湘潭市医疗保障局 (city).")
    assert (zh["level"], zh["unit_name"], zh["version"]) == ("city", "湘潭市医疗保障局", 2)
    assert zh["happened_at"]
    assert (status, early["code"]) == (409, "case-moved-on")


async def test_the_same_decision_with_the_same_key_has_one_effect(environment: Environment) -> None:
    units = units_at(NATION, YUHU)
    filing = a_filing()
    async with review_clients(environment, *units.values()) as at:
        case_id = (await at.filed(filing))[filing.subject_id]
        county = await at.reviewer(units[YUHU])
        key = {"Idempotency-Key": "once"}
        first, second = await asyncio.gather(
            *(decide(county, case_id, 1, "approve", headers=key) for _ in range(2))
        )
    assert first == second
    assert (first[0], first[1]["version"]) == (200, 2)


async def test_other_regions_and_other_roles_are_refused(environment: Environment) -> None:
    units = units_at(NATION, XIANGTAN, YUHU, XIANGXIANG, "320000", "430300"[:2] + "0100")
    filing = a_filing()
    async with review_clients(environment, *units.values()) as at:
        case_id = (await at.filed(filing))[filing.subject_id]
        for seat in (XIANGXIANG, "320000", "430100"):
            foreign = await at.reviewer(units[seat])
            assert (await decide(foreign, case_id, 1, "approve"))[0] == 404
            for path in (f"/cases/{case_id}", f"/subjects/{filing.subject_id}/case"):
                async with foreign.get(path) as answer:
                    assert answer.status == 404
            assert (await read(foreign, "/cases"))["items"] == []
        mine = await at.maintainer(filing)
        assert (await decide(mine, case_id, 1, "approve"))[0] == 403
        async with mine.get("/cases") as answer:
            assert answer.status == 403
        async with (await at.maintainer(a_filing())).get(f"/cases/{case_id}") as answer:
            assert answer.status == 404
        agency = a_caller(Role.AGENCY, YUHU, unit_id=units[YUHU].unit_id)
        async with environment.client("review", agency) as client:
            assert (await decide(client, case_id, 1, "approve"))[0] == 403
        async with environment.client("review") as anyone, anyone.get(f"/cases/{case_id}") as answer:
            assert answer.status == 401
        # A token of the same region but of another unit decides nothing.
        async with environment.client("review", a_caller(Role.REVIEWER, YUHU)) as impostor:
            assert (await decide(impostor, case_id, 1, "approve"))[0] == 409
        assert (await read(await at.reviewer(units[YUHU]), f"/cases/{case_id}"))["version"] == 1


async def test_a_return_without_reasons_or_at_unknown_fields_is_refused(environment: Environment) -> None:
    units = units_at(NATION, YUHU)
    filing = a_filing()
    async with review_clients(environment, *units.values()) as at:
        case_id = (await at.filed(filing))[filing.subject_id]
        county = await at.reviewer(units[YUHU])
        bare = await decide(county, case_id, 1, "return")
        unknown = await decide(county, case_id, 1, "return", reasons=[{"field": "salary", "reason": "无此项"}])
        empty = await decide(county, case_id, 1, "return", reasons=[{"field": "name", "reason": "  "}])
        missing = await decide(county, new_id(), 1, "approve")
    assert [(status, problem["errors"][0]["field"]) for status, problem in (bare, unknown)] == [
        (422, "reasons"),
        (422, "reasons.0.field"),
    ]
    assert empty[0] == 422
    assert missing[0] == 404


async def test_every_decision_is_in_the_audit_trail(environment: Environment) -> None:
    units = units_at(NATION, YUHU)
    filing = a_filing()
    async with review_clients(environment, *units.values()) as at, environment.postgres("review") as postgres:
        case_id = (await at.filed(filing))[filing.subject_id]
        await decide(await at.reviewer(units[YUHU]), case_id, 1, "approve")
        await decide(await at.reviewer(units[NATION]), case_id, 2, "approve")
        trail = await postgres.fetch("SELECT action, before, after FROM audit WHERE subject_id = $1", case_id)
    assert [row["action"] for row in trail] == ["case.reported", "case.approved"]
    assert '"stage": "approved"' in trail[1]["after"]
