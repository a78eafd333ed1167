"""Identities that were in force stay with their record (COD-1)."""

from shared.contracts.registry.events import SubjectKind
from shared.contracts.review.events import CaseApproved
from tests.environment import Environment
from tests.integration.registry.institution_fixtures import added, filled_in, own_institution, submitted
from tests.integration.registry.registry_fixtures import (
    HOSPITAL,
    a_case_event,
    a_maintainer,
    answer_of,
    authorised,
    reads,
)

INSTITUTION = SubjectKind.INSTITUTION


async def test_a_renamed_institution_keeps_its_former_name(environment: Environment) -> None:
    async with environment.running("registry"):
        caller, unrelated = await a_maintainer(environment), await a_maintainer(environment)
        async with environment.client("registry", caller) as client:
            one = await added(client)
            record_id, path = one["record_id"], f"/institutions/{one['record_id']}"
            await authorised(environment, client, caller, record_id)
            await submitted(client, await filled_in(environment, client, caller, one))
            await environment.publish(a_case_event(CaseApproved, INSTITUTION, record_id, 1))
            approved = await reads(client, path, state="approved")
            renamed = {"version": approved["version"], "values": {"name": "湘潭市第二医院"}}
            await submitted(client, await answer_of(await client.put(path, json=renamed), 200))
            await environment.publish(a_case_event(CaseApproved, INSTITUTION, record_id, 2, submission=2))
            again = await reads(client, path, state="approved", submission=2)
            async with environment.client("registry", unrelated) as other:
                refusal = await answer_of(await other.post("/institutions", json={"values": HOSPITAL}), 409)
            assert (refusal["code"], refusal["current_name"]) == ("record-exists-renamed", "湘潭市第二医院")
            assert refusal["record_id"] == record_id
            back = {"version": again["version"], "values": {"name": HOSPITAL["name"]}}
            assert (await answer_of(await client.put(path, json=back), 200))["name"] == HOSPITAL["name"]


async def test_a_name_that_was_never_in_force_is_free_again(environment: Environment) -> None:
    async with environment.running("registry"), own_institution(environment) as (_caller, client, _one, path):
        changed = {"version": 1, "values": {"name": "湘潭市第二医院"}}
        await answer_of(await client.put(path, json=changed), 200)
        await added(client)
