"""Institutions: who maintains them, and how they are filled in, submitted, returned and approved."""

from typing import Any

import aiohttp

from shared.contracts.registry.events import ProviderApproved, SubjectKind, SubmissionFiled
from shared.contracts.review.events import CaseApproved, CaseMoved, CaseOpened, CaseReturned
from shared.identifiers.regions import Level
from shared.security.caller import Role
from tests.environment import Environment, a_caller, until
from tests.integration.registry.institution_fixtures import added, code_of, filled_in, own_institution, submitted
from tests.integration.registry.registry_fixtures import (
    HOSPITAL,
    a_case_event,
    a_maintainer,
    answer_of,
    authorised,
    reads,
)

INSTITUTION = SubjectKind.INSTITUTION


async def test_only_an_approved_authorisation_lets_an_account_maintain(environment: Environment) -> None:
    async with environment.running("registry"):
        caller, nurse_keeper = await a_maintainer(environment), await a_maintainer(environment)
        async with (
            environment.client("registry", caller) as client,
            environment.client("registry", nurse_keeper) as other,
            environment.client("registry", a_caller(Role.REVIEWER, "430300")) as city,
            environment.client("registry", a_caller(Role.AGENCY, "320000")) as elsewhere,
        ):
            one = await added(client)
            path = f"/institutions/{one['record_id']}"
            change = {"version": 1, "values": {"address": "和平路"}}
            refusal = await answer_of(await client.put(path, json=change), 403)
            assert refusal["code"] == "scope-required"
            await answer_of(await other.get(path), 404)
            await answer_of(await other.put(path, json=change), 404)
            await authorised(environment, other, nurse_keeper, one["record_id"], scopes=("nurse",))
            await answer_of(await other.get(path), 200)
            await answer_of(await other.put(path, json=change), 403)
            await answer_of(await client.get(path), 404)
            await authorised(environment, client, caller, one["record_id"])
            assert (await answer_of(await client.put(path, json=change), 200))["values"]["address"] == "和平路"
            await answer_of(await city.get(path), 200)
            await answer_of(await city.put(path, json=change), 403)
            await answer_of(await elsewhere.get(path), 404)
            page = await answer_of(await elsewhere.get("/institutions", params={"query": "中心医院"}), 200)
            assert page["items"] == []
            mine = await answer_of(await client.get("/institutions/mine"), 200)
            assert [item["scopes"] for item in mine["items"]] == [["institution", "physician"]]


async def test_a_draft_is_filled_in_step_by_step_and_filed_once_nothing_is_missing(
    environment: Environment,
) -> None:
    async with environment.running("registry"), environment.listening("registry.submission.#") as received:
        async with own_institution(environment) as (caller, client, one, path):
            assert {"legal_name", "certificate"} <= {each["field"] for each in one["missing"]}
            early = await client.post(f"{path}/submission", json={"version": 1})
            assert code_of(await answer_of(early, 422)).keys() == {each["field"] for each in one["missing"]}
            wrong = {"version": 1, "values": {"level": "7", "approved_beds": -1}}
            assert code_of(await answer_of(await client.put(path, json=wrong), 422)).keys() == {
                "level",
                "approved_beds",
            }
            full = await filled_in(environment, client, caller, one)
            assert full["missing"] == []
            stale = await answer_of(await client.put(path, json={"version": 1, "values": {}}), 409)
            assert stale["code"] == "changed-meanwhile"
            filed = await submitted(client, full)
            assert (filed["state"], filed["locked"], filed["submission"]) == ("submitted", True, 1)
            again = await client.post(f"{path}/submission", json={"version": full["version"]})
            assert (await answer_of(again, 409))["code"] == "record-locked"
            locked = await client.put(path, json={"version": filed["version"], "values": {}})
            assert (await answer_of(locked, 409))["code"] == "record-locked"

        async def published() -> dict[str, Any] | None:
            return next((data for _, data in received if data["kind"] == INSTITUTION), None)

        event = SubmissionFiled.model_validate(await until(published, what="the submission"))
        assert (event.title, event.region, event.nation_only, event.submission) == (
            "湘潭市中心医院",
            "430302",
            False,
            1,
        )
        assert (event.form_edition, event.values["pooling_region"]) == ("1", "430302")
        assert {one.field for one in event.attachments} == {"certificate", "licence"}


async def test_the_record_follows_its_case_and_the_approved_version_stays_in_force(
    environment: Environment,
) -> None:
    async with environment.running("registry"), environment.listening("registry.provider.approved.#") as received:
        caller = await a_maintainer(environment)
        async with environment.client("registry", caller) as client:
            one = await added(client)
            subject_id, path = one["record_id"], f"/institutions/{one['record_id']}"
            await authorised(environment, client, caller, subject_id)
            await submitted(client, await filled_in(environment, client, caller, one))
            await environment.publish(a_case_event(CaseOpened, INSTITUTION, subject_id, 1, level=Level.COUNTY))
            await environment.publish(
                a_case_event(CaseMoved, INSTITUTION, subject_id, 2, level=Level.CITY, upward=True)
            )
            seen = await _under_review(client, path, "city")
            assert seen["under_review"]["unit_name"] == "city unit"
            returned = a_case_event(CaseReturned, INSTITUTION, subject_id, 3, fields=("address",))
            await environment.publish(returned, a_case_event(CaseOpened, INSTITUTION, subject_id, 1))
            back = await reads(client, path, state="returned", locked=False)
            corrected = {"version": back["version"], "values": {"address": "和平路121号"}}
            filed = await submitted(client, await answer_of(await client.put(path, json=corrected), 200))
            assert filed["submission"] == 2
            await environment.publish(
                a_case_event(CaseApproved, INSTITUTION, subject_id, 9, submission=1),
                a_case_event(CaseApproved, INSTITUTION, subject_id, 8, submission=2),
            )
            approved = await reads(client, path, state="approved", locked=False)
            assert approved["in_force"]["values"]["address"] == "和平路121号"
            assert approved["in_force"]["submission"] == 2
            nothing = await client.post(f"{path}/submission", json={"version": approved["version"]})
            assert (await answer_of(nothing, 409))["code"] == "nothing-to-submit"
            edit = {"version": approved["version"], "values": {"address": "新址"}}
            edited = await answer_of(await client.put(path, json=edit), 200)
            assert (edited["state"], edited["values"]["address"]) == ("draft", "新址")
            assert edited["in_force"] == approved["in_force"]

        async def once() -> bool:
            return len(received) == 1

        await until(once, what="the approval")
        event = ProviderApproved.model_validate(received[0][1])
        assert (event.name, event.provider_type, event.uscc) == ("湘潭市中心医院", "A100", HOSPITAL["uscc"])
        async with environment.postgres("registry") as rows:
            actions = await rows.fetch("SELECT action FROM audit WHERE subject_id = $1 ORDER BY entry", subject_id)
            assert [row["action"] for row in actions] == [
                "institution.added",
                "maintainers.changed",
                "institution.changed",
                "institution.submitted",
                "institution.changed",
                "institution.submitted",
                "institution.approved",
                "institution.changed",
            ]


async def _under_review(client: aiohttp.ClientSession, path: str, level: str) -> dict[str, Any]:
    async def look() -> dict[str, Any] | None:
        body = await answer_of(await client.get(path), 200)
        return body if (body["under_review"] or {}).get("level") == level else None

    found: dict[str, Any] = await until(look, what=f"{path} at the {level}")
    return found
