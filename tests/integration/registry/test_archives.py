"""The archive of a provider: by a superior unit, with what belongs to it, and for ever (INS-5)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from shared.clock import utc_now
from shared.contracts.coding.events import CodeAssigned
from shared.contracts.event import Event
from shared.contracts.registry.events import ProviderApproved, ProviderArchived, RecordClosed
from shared.contracts.review.events import CaseApproved
from shared.security.caller import Caller, Role
from tests.environment import Environment, a_caller, until
from tests.integration.registry.institution_fixtures import a_new, added, filled_in, submitted
from tests.integration.registry.registry_fixtures import a_case_event, a_maintainer, answer_of, authorised, reads
from tests.integration.registry.test_staff import approved as approved_staff
from tests.integration.registry.test_staff import physician, post
from tests.integration.registry.test_staff import submitted as submitted_staff

CODE = "H43030200001"
REASON = "该机构已注销"


def a_code(record_id: str) -> CodeAssigned:
    """The code of an institution."""
    about = {"kind": "institution", "name": "湘潭市中心医院", "code": CODE, "assigned_at": utc_now()}
    return CodeAssigned(subject_id=record_id, subject_version=1, region="430302", **about)


@asynccontextmanager
async def in_force(environment: Environment) -> AsyncIterator[tuple[Caller, aiohttp.ClientSession, str, str]]:
    """The registry with an approved institution: its maintainer, their client, its id and path."""
    async with environment.running("registry"):
        caller = await a_maintainer(environment)
        async with environment.client("registry", caller) as client:
            one = await added(client)
            record_id = str(one["record_id"])
            await authorised(environment, client, caller, record_id)
            await submitted(client, await filled_in(environment, client, caller, one))
            await environment.publish(a_case_event(CaseApproved, "institution", record_id, 4))
            path = f"/institutions/{record_id}"
            await reads(client, path, state="approved", life="in-force")
            yield caller, client, record_id, path


def city(environment: Environment, region: str = "430300") -> Any:
    """The client of a unit's reviewer."""
    return environment.client("registry", a_caller(Role.REVIEWER, region, name="湘潭市医疗保障局"))


async def archive(unit: aiohttp.ClientSession, path: str, status: int = 200, **more: Any) -> dict[str, Any]:
    """The answer to an archive that is confirmed after its preview."""
    seen = await answer_of(await unit.get(f"{path}/archive"), 200)
    body = {"version": seen["version"], "name": seen["name"], "reason": REASON, **more}
    return await answer_of(await unit.post(f"{path}/archive", json=body), status)


async def handled(environment: Environment, *events: Event) -> None:
    """Publishes events and waits until the registry has handled them."""
    async with environment.postgres("registry") as rows:
        before = await rows.fetchval("SELECT count(*) FROM inbox")
        await environment.publish(*events)

        async def done() -> bool:
            return bool(await rows.fetchval("SELECT count(*) FROM inbox") == before + len(events))

        await until(done, what="the messages handled")


async def test_what_is_archived_stays_as_it_was_and_says_why(environment: Environment) -> None:
    async with (
        environment.listening("registry.provider.#", "registry.record.#") as events,
        in_force(environment) as (_, client, record_id, path),
        city(environment) as unit,
    ):
        await handled(environment, a_code(record_id))
        person = await approved_staff(environment, client, await post(client, record_id, physician()))
        preview = await answer_of(await unit.get(f"{path}/archive"), 200)
        assert preview["dependents"] == {"physician": {"records": 1, "under_review": 0}}
        assert (preview["code"], preview["problem"]) == (CODE, None)
        done = await archive(unit, path)
        assert (done["life"], done["archive"]["reason"]) == ("archived", REASON)
        seen = await answer_of(await client.get(path), 200)
        assert (seen["life"], seen["code"], seen["archive"]["unit_name"]) == ("archived", CODE, "湘潭市医疗保障局")
        assert seen["in_force"]["values"]["address"] == "和平路120号"
        theirs = await answer_of(await client.get(f"/physicians/{person['record_id']}"), 200)
        assert (theirs["life"], theirs["archive"]["reason"]) == ("archived", REASON)
        await refused_attempts(client, seen, theirs)
        found = await answer_of(await client.get("/institutions", params={"query": "湘潭市中心"}), 200)
        assert [one["exists"] for one in found["items"]] == ["archived"]
        assert (await answer_of(await unit.post(f"{path}/archive", json=again(done)), 409))[
            "code"
        ] == "record-archived"

        async def published() -> bool:
            return len(events) == 3

        await until(published, what="the approval, the archive and its reason")
    assert [kind for kind, _ in events] == [ProviderApproved.type, ProviderArchived.type, RecordClosed.type]
    assert REASON not in str(events[1])
    assert events[1][1]["code"] == CODE
    assert (events[2][1]["reason"], events[2][1]["cause"]) == (REASON, "archived")


def again(done: dict[str, Any]) -> dict[str, Any]:
    """The body of a second archive."""
    return {"version": done["version"], "name": done["name"], "reason": REASON}


async def refused_attempts(client: aiohttp.ClientSession, seen: dict[str, Any], person: dict[str, Any]) -> None:
    """Nothing of an archived institution is changed, submitted, added to it, authorised or added anew."""
    record_id, version = seen["record_id"], {"version": seen["version"]}
    change = {"values": {"address": "和平路2号"}, **version}
    staff_path, of_staff = f"/physicians/{person['record_id']}", {"version": person["version"]}
    for attempt in (
        client.put(f"/institutions/{record_id}", json=change),
        client.post(f"/institutions/{record_id}/submission", json=version),
        client.put(staff_path, json={**of_staff, "values": {"name": "李四"}}),
        client.post(f"{staff_path}/submission", json=of_staff),
        client.post("/physicians", json={"provider_id": record_id, "values": physician()}),
        client.post("/institution-number-changes", json={"provider_id": record_id, "values": {"reason": "换证"}}),
        client.post("/authorisations", json={"scopes": ["nurse"], "provider_ids": [record_id]}),
    ):
        assert (await answer_of(await attempt, 409))["code"] == "record-archived"
    anew = await answer_of(await client.post("/institutions", json=a_new()), 409)
    assert anew["code"] == "record-exists-archived"


@pytest.mark.parametrize(
    ("region", "status", "code"), [("430302", 403, "archive-by-superior-unit"), ("430400", 404, "not-found")]
)
async def test_a_county_and_a_unit_of_another_region_archive_nothing(
    environment: Environment, region: str, status: int, code: str
) -> None:
    async with in_force(environment) as (_, client, _, path), city(environment, region) as unit:
        seen = await answer_of(await client.get(path), 200)
        assert (await answer_of(await unit.post(f"{path}/archive", json=again(seen)), status))["code"] == code
        assert (await answer_of(await client.get(path), 200))["life"] == "in-force"
        if status == 403:
            preview = await answer_of(await unit.get(f"{path}/archive"), 200)
            assert preview["problem"]["code"] == code


async def test_an_archive_is_confirmed_by_the_name_with_a_reason_on_what_was_seen(
    environment: Environment,
) -> None:
    async with in_force(environment) as (_, client, _, path), city(environment) as unit:
        wrong = await archive(unit, path, 422, name="湘潭市第一医院", reason=" ")
        assert {one["field"]: one["code"] for one in wrong["errors"]} == {
            "name": "name-not-confirmed",
            "reason": "reason-required",
        }
        for reason in ("x" * 501, "归\u202e档"):
            assert (await archive(unit, path, 422, reason=reason))["errors"][0]["field"] == "reason"
        assert (await archive(unit, path, 409, version=1))["code"] == "changed-meanwhile"
        assert (await answer_of(await client.get(path), 200))["life"] == "in-force"


async def test_a_draft_is_not_archived(environment: Environment) -> None:
    async with environment.running("registry"), city(environment) as unit:
        async with environment.client("registry", await a_maintainer(environment)) as client:
            path = f"/institutions/{(await added(client))['record_id']}"
        assert (await archive(unit, path, 409))["code"] == "never-approved"


async def test_what_was_decided_or_coded_before_the_archive_was_known_revives_nothing(
    environment: Environment,
) -> None:
    async with (
        environment.listening("registry.provider.approved.#") as approvals,
        in_force(environment) as (_, client, record_id, path),
        city(environment) as unit,
    ):
        person = await submitted_staff(client, await post(client, record_id, physician()))
        seen = await answer_of(await client.get(path), 200)
        change = {"version": seen["version"], "values": {"address": "和平路2号"}}
        again_filed = await submitted(client, await answer_of(await client.put(path, json=change), 200))
        done = await archive(unit, path)
        assert (done["locked"], done["state"], done["under_review"]) == (False, "withdrawn", None)
        about = (CaseApproved, "institution", record_id, 9)
        await handled(
            environment,
            a_case_event(*about, submission=again_filed["submission"]),
            a_case_event(CaseApproved, "physician", person["record_id"], 4),
            a_code(record_id),
        )
        after = await answer_of(await client.get(path), 200)
        assert (after["life"], after["state"], after["code"]) == ("archived", "withdrawn", CODE)
        assert after["in_force"]["values"]["address"] == "和平路120号"
        theirs = await answer_of(await client.get(f"/physicians/{person['record_id']}"), 200)
        assert (theirs["life"], theirs["state"], theirs["in_force"]) == ("archived", "withdrawn", None)
        assert len(approvals) == 1


async def test_the_staff_are_archived_in_slices_and_readers_see_it_from_the_first_instant(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.registry.archives.jobs._SLICE", 1)
    async with (
        in_force(environment) as (_, client, record_id, path),
        city(environment) as unit,
        environment.postgres("registry") as rows,
    ):
        one = await approved_staff(environment, client, await post(client, record_id, physician()))
        two = await post(
            client, record_id, {**physician(), "id_number": "430302190001010024", "qualification_number": None}
        )
        await archive(unit, path)
        for record in (one, two):
            assert (await answer_of(await client.get(f"/physicians/{record['record_id']}"), 200))[
                "life"
            ] == "archived"
        listed = await answer_of(await client.get("/physicians"), 200)
        assert {each["life"] for each in listed["items"]} == {"archived"}

        async def written() -> bool:
            left = "SELECT count(*) FROM physician WHERE life <> 'archived'"
            return bool(await rows.fetchval(left) == 0)

        await until(written, what="the archive of the staff")
