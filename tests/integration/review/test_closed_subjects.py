"""The cases of archived providers are closed, whatever arrives before or after the archive (INS-5)."""

from typing import Any
from uuid import UUID

import pytest

from shared.contracts.review.events import CaseOpened, CaseWithdrawn
from tests.environment import Environment, until
from tests.integration.review.review_fixtures import ReviewClients, decide, read, review_clients
from tests.provider_events import closed
from tests.unit.review.filings import HUNAN, NATION, XIANGTAN, YUHU, a_filing, a_withdrawal_of, units_at

REASON = "该机构已注销"
NOTHING = {"received": 0, "to_do": 0, "reported": 0, "returned": 0, "finished": 0}


async def stage(at: ReviewClients, client: Any, subject_id: UUID, wanted: str) -> dict[str, Any]:
    """The case of a subject, once it is in a stage."""

    async def look() -> dict[str, Any] | None:
        async with client.get(f"/subjects/{subject_id}/case") as answer:
            found: dict[str, Any] = await answer.json()
            return found if answer.status == 200 and found["stage"] == wanted else None

    found: dict[str, Any] = await until(look, what=f"a case that is {wanted}")
    return found


def of_staff(parent: UUID, number: int = 1, **more: Any) -> Any:
    """The filing of a physician of a provider."""
    return a_filing(kind="physician", parent=parent, title=f"张{number}", **more)


async def test_the_cases_of_an_archived_provider_and_its_staff_are_closed_with_the_reason(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.review.jobs._SLICE", 2)
    units = units_at(NATION, HUNAN, XIANGTAN, YUHU)
    own = a_filing()
    staff = [of_staff(own.subject_id, number) for number in range(5)]
    async with review_clients(environment, *units.values()) as at:
        found = await at.filed(own, *staff)
        county, city = await at.reviewer(units[YUHU]), await at.reviewer(units[XIANGTAN])
        assert (await decide(county, found[own.subject_id], 1, "approve"))[0] == 200
        returned = {"reasons": [{"field": "", "reason": "缺页"}]}
        assert (await decide(county, found[staff[0].subject_id], 1, "return", **returned))[0] == 200
        await environment.publish(closed(own.subject_id))
        for filing in (own, *staff):
            case = await stage(at, county, filing.subject_id, "withdrawn")
            assert (case["timeline"][-1]["what"], case["timeline"][-1]["note"]) == ("archived", REASON)
        seen = await read(await at.maintainer(own), f"/subjects/{own.subject_id}/case")
        assert (seen["timeline"][-1]["by_name"], seen["actions"]) == ("湘潭市医疗保障局", [])
        assert (await decide(city, found[own.subject_id], seen["version"], "approve"))[0] == 409
        counts = await read(city, "/cases/counts")
        assert {name: counts[name] for name in NOTHING} == NOTHING
        counts = await read(county, "/cases/counts")
        assert (counts["received"], counts["to_do"], counts["reported"], counts["returned"]) == (2, 0, 1, 1)


async def test_a_filing_that_arrives_after_the_archive_is_closed_at_once_and_its_withdrawal_changes_nothing(
    environment: Environment,
) -> None:
    units = units_at(NATION, YUHU)
    own = a_filing()
    staff = of_staff(own.subject_id)
    async with environment.listening("review.#") as messages, review_clients(environment, *units.values()) as at:
        county = await at.reviewer(units[YUHU])
        await environment.publish(closed(own.subject_id))

        async with environment.postgres("review") as rows:

            async def known() -> bool:
                return bool(await rows.fetchval("SELECT count(*) FROM closed_subject"))

            await until(known, what="the closing")
        await environment.publish(own, staff, a_withdrawal_of(staff))
        for filing in (own, staff):
            case = await stage(at, county, filing.subject_id, "withdrawn")
            assert [one["what"] for one in case["timeline"]] == ["filed", "archived"]
        counts = await read(county, "/cases/counts")
        assert counts["received"] == 0

        async def nothing_waits() -> bool:
            status, _ = await environment.health("review", "messaging")
            return status == 200

        await until(nothing_waits, what="a withdrawal that is handled")
    for filing in (own, staff):
        kinds = [kind for kind, data in messages if data["subject_id"] == str(filing.subject_id)]
        assert kinds == [CaseOpened.type, CaseWithdrawn.type]


async def test_staff_of_an_archived_provider_are_not_decided_before_the_job_has_come_to_them(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.review.use_cases.CLOSURES", "review.never")
    units = units_at(NATION, YUHU)
    own = a_filing()
    staff = of_staff(own.subject_id)
    async with review_clients(environment, *units.values()) as at:
        found = await at.filed(own, staff)
        county = await at.reviewer(units[YUHU])
        await environment.publish(closed(own.subject_id))
        await stage(at, county, own.subject_id, "withdrawn")
        status, refusal = await decide(county, found[staff.subject_id], 1, "approve")
        assert (status, refusal["code"]) == (409, "parent-closed")


async def test_an_approved_case_stays_approved_and_its_time_line_says_that_it_was_archived(
    environment: Environment,
) -> None:
    units = units_at(NATION)
    own = a_filing()
    async with review_clients(environment, *units.values()) as at:
        found = await at.filed(own)
        nation = await at.reviewer(units[NATION])
        assert (await decide(nation, found[own.subject_id], 1, "approve"))[0] == 200
        await environment.publish(closed(own.subject_id))

        async def recorded() -> bool:
            case = await read(nation, f"/subjects/{own.subject_id}/case")
            return [one["what"] for one in case["timeline"]] == ["filed", "approved", "archived"]

        await until(recorded, what="the archive in the time line")
        counts = await read(nation, "/cases/counts")
        assert (counts["received"], counts["reported"], counts["finished"]) == (1, 1, 1)
