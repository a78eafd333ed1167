"""The route of filings through the units, over HTTP and RabbitMQ (REV-1, REV-2, REV-3, REV-7, INS-7)."""

from collections.abc import Sequence

from deploy.laptop.stack.ports import free_port
from shared.contracts.registry.events import SubjectKind
from shared.contracts.review.events import CaseApproved, CaseMoved, CaseOpened, CaseReturned
from shared.ids import new_id
from tests.environment import Environment, until
from tests.integration.review.review_fixtures import decide, read, review_clients
from tests.unit.review.filings import (
    HUNAN,
    NATION,
    XIANGTAN,
    XIANGXIANG,
    YUHU,
    a_filing,
    registered,
    units_at,
)


async def test_returned_once_and_then_approved_by_all_four_levels(environment: Environment) -> None:
    units = units_at(NATION, HUNAN, XIANGTAN, YUHU)
    filing = a_filing()
    async with environment.listening("review.#") as messages, review_clients(environment, *units.values()) as at:
        case_id = (await at.filed(filing))[filing.subject_id]
        county, city = await at.reviewer(units[YUHU]), await at.reviewer(units[XIANGTAN])
        first = await read(county, f"/cases/{case_id}")
        assert (first["level"], first["stage"], first["version"]) == ("county", "under_review", 1)
        assert (first["form_edition"], first["values"].keys()) == ("1", {"name", "address", "approved_beds"})
        assert first["attachments"][0]["name"] == "执业许可证.pdf"
        assert first["actions"] == ["approve", "return"]
        assert (await decide(county, case_id, 1, "approve", note="材料齐全"))[0] == 200
        reasons = [
            {"field": "approved_beds", "reason": "与许可证不符"},
            {"field": "licence", "reason": "缺副本页"},
        ]
        status, back = await decide(city, case_id, 2, "return", reasons=reasons)
        assert (status, back["stage"], back["reasons"], back["actions"]) == (200, "returned", reasons, [])
        again = a_filing(filing.subject_id, submission=2, filed_by=filing.filed_by)
        await at.filed(again)
        for version, seat in enumerate((YUHU, XIANGTAN, HUNAN, NATION), start=4):
            status, view = await decide(await at.reviewer(units[seat]), case_id, version, "approve")
            assert status == 200, view
        assert view["stage"] == "approved"
        mine = await read(await at.maintainer(filing), f"/subjects/{filing.subject_id}/case")
        await until(lambda: _reached(messages, 8), what="eight events")
    assert [one["what"] for one in mine["timeline"]] == [
        *("filed", "reported", "returned", "filed", "reported", "reported", "reported", "approved")
    ]
    assert [one["submission"] for one in mine["timeline"]] == [1, 1, 1, 2, 2, 2, 2, 2]
    assert mine["timeline"][1]["unit_name"] == units[YUHU].name
    assert mine["timeline"][1]["note"] == "材料齐全"
    assert mine["timeline"][2]["reasons"] == reasons
    assert [one["by_name"] for one in mine["timeline"]] == ["王小明", None, None, "王小明", None, None, None, None]
    assert [kind for kind, _ in messages] == [
        *(CaseOpened.type, CaseMoved.type, CaseReturned.type, CaseOpened.type),
        *(CaseMoved.type, CaseMoved.type, CaseMoved.type, CaseApproved.type),
    ]
    assert [data["subject_version"] for _, data in messages] == list(range(1, 9))
    assert {data["subject_id"] for _, data in messages} == {str(filing.subject_id)}
    assert messages[2][1]["fields"] == ["approved_beds", "licence"]


async def _reached(messages: Sequence[object], count: int) -> bool:
    return len(messages) >= count


async def test_an_account_goes_straight_to_the_nation_and_nobody_else_sees_it(environment: Environment) -> None:
    units = units_at(NATION, HUNAN, XIANGTAN, YUHU)
    filing = a_filing(kind=SubjectKind.ACCOUNT, title="王小明")
    async with review_clients(environment, *units.values()) as at:
        case_id = (await at.filed(filing))[filing.subject_id]
        for seat in (YUHU, XIANGTAN, HUNAN):
            async with (await at.reviewer(units[seat])).get(f"/cases/{case_id}") as answer:
                assert answer.status == 404
        status, view = await decide(await at.reviewer(units[NATION]), case_id, 1, "approve")
    assert (status, view["stage"]) == (200, "approved")


async def test_a_county_that_registers_late_gets_its_case_sent_down(environment: Environment) -> None:
    units = units_at(NATION, HUNAN, XIANGTAN)
    county = units_at(YUHU)[YUHU]
    filing = a_filing()
    async with review_clients(environment, *units.values()) as at:
        case_id = (await at.filed(filing))[filing.subject_id]
        city = await at.reviewer(units[XIANGTAN])
        assert (await read(city, f"/cases/{case_id}"))["actions"] == ["approve", "return"]
        status, problem = await decide(city, case_id, 1, "send_down")
        assert (status, problem["code"]) == (409, "nobody-below")
        await at.registered(county)
        assert "send_down" in (await read(city, f"/cases/{case_id}"))["actions"]
        status, view = await decide(city, case_id, 1, "send_down", note="请先由区局审核")
        assert (status, view["level"], view["unit_name"]) == (200, "county", county.name)
        status, view = await decide(await at.reviewer(county), case_id, 2, "approve")
        assert (status, view["level"]) == (200, "city")
        assert (await read(city, "/cases/counts"))["to_do"] == 1


async def test_a_filing_waits_until_a_unit_is_registered(environment: Environment) -> None:
    units, filing = units_at(NATION), a_filing()
    async with environment.running("review", retry_delays_seconds=",".join(["0.2"] * 60)):
        await environment.publish(filing)
        async with environment.postgres("review") as postgres, environment.listening("review.#") as messages:
            # A message of its own queue is handled, and the filing still is no case: it waits.
            await environment.publish(registered(units_at(XIANGXIANG)[XIANGXIANG]))
            await until(lambda: postgres.fetchval("SELECT count(*) FROM unit"), what="another county's unit")
            assert await postgres.fetchval("SELECT count(*) FROM review_case") == 0
            await environment.publish(registered(units[NATION]))
            await until(lambda: _reached(messages, 1), what="the opened case")
    assert messages[0][0] == CaseOpened.type
    assert messages[0][1]["unit_id"] == str(units[NATION].unit_id)


async def test_repeated_older_and_overtaken_messages_change_nothing(environment: Environment) -> None:
    units = units_at(NATION, YUHU)
    first = a_filing()
    second = a_filing(first.subject_id, submission=2, title="湘潭市中心医院（新院区）")
    async with review_clients(environment, *units.values()) as at:
        case_id = (await at.filed(second))[first.subject_id]
        await environment.publish(second, first, registered(units[YUHU], version=0, name="旧名称"))
        marker = a_filing()
        await at.filed(marker)
        view = await read(await at.reviewer(units[YUHU]), f"/cases/{case_id}")
    assert (view["version"], view["submission"], view["title"]) == (1, 2, second.title)
    assert len(view["timeline"]) == 1
    assert view["unit_name"] == units[YUHU].name


async def test_a_burst_of_filings_at_two_replicas_opens_each_case_once(environment: Environment) -> None:
    units = units_at(NATION, YUHU)
    filings = [a_filing(title=f"第{number}卫生院") for number in range(150)]
    second = environment.running("review", http_port=free_port())
    async with review_clients(environment, *units.values()) as at, second:
        cases = await at.filed(*filings, *filings[::-1])
        counts = await read(await at.reviewer(units[YUHU]), "/cases/counts")
    assert len(cases) == 150
    assert (counts["received"], counts["to_do"]) == (150, 150)
    assert counts["by_kind"]["institution"]["to_do"] == 150
    assert counts["by_kind"]["account"]["received"] == 0


async def test_the_maintainer_asks_for_a_return_and_the_unit_sees_it(environment: Environment) -> None:
    units = units_at(NATION, YUHU)
    filing = a_filing()
    async with review_clients(environment, *units.values()) as at:
        case_id = (await at.filed(filing))[filing.subject_id]
        mine, county = await at.maintainer(filing), await at.reviewer(units[YUHU])
        unrelated = await at.maintainer(a_filing())
        body = {"reason": "床位数填错了"}
        async with unrelated.post(f"/cases/{case_id}/return-requests", json=body) as answer:
            assert answer.status == 404
        async with mine.post(f"/cases/{case_id}/return-requests", json=body) as answer:
            assert answer.status == 201, await answer.text()
        async with mine.post(f"/cases/{case_id}/return-requests", json=body) as answer:
            assert (answer.status, (await answer.json())["code"]) == (409, "return-already-requested")
        line = (await read(county, "/cases"))["items"][0]
        assert (line["return_requested"], line["version"]) == (True, 2)
        last = (await read(county, f"/cases/{case_id}"))["timeline"][-1]
        assert (last["what"], last["note"], last["by_name"]) == ("return_requested", "床位数填错了", "王小明")
        status, problem = await decide(county, case_id, 1, "approve")
        assert (status, problem["what"]) == (409, "return_requested")
        status, _ = await decide(county, case_id, 2, "return", reasons=[{"reason": "应填报人申请退回"}])
        assert status == 200
        async with mine.post(f"/cases/{case_id}/return-requests", json=body) as answer:
            assert (answer.status, (await answer.json())["code"]) == (409, "not-under-review")
        assert not (await read(county, "/cases", state="returned"))["items"][0]["return_requested"]


async def test_a_subject_without_a_case_is_not_found(environment: Environment) -> None:
    units = units_at(NATION)
    async with review_clients(environment, *units.values()) as at:
        nation = await at.reviewer(units[NATION])
        for path in (f"/subjects/{new_id()}/case", f"/cases/{new_id()}"):
            async with nation.get(path) as answer:
                assert answer.status == 404
