"""Policies on special institutions: what was submitted while one was open is maintained after it (AUT-4)."""

from shared.contracts.review.events import CaseApproved, CaseReturned
from tests.environment import Environment
from tests.integration.registry.institution_fixtures import a_new, filled_in, own_institution, submitted
from tests.integration.registry.registry_fixtures import a_case_event, answer_of, reads


async def set_military(environment: Environment, *, allowed: bool) -> None:
    """The policy on military institutions from now on."""
    async with environment.postgres("registry") as rows:
        await rows.execute("UPDATE admission SET allowed = $1 WHERE kind = 'military'", allowed)


async def test_a_closed_policy_leaves_what_was_admitted_and_admits_nothing_more(environment: Environment) -> None:
    async with environment.running("registry"), own_institution(environment) as (caller, client, one, path):
        full = await filled_in(environment, client, caller, one)
        await set_military(environment, allowed=True)
        change = {"version": full["version"], "values": {"military": True}}
        military = await answer_of(await client.put(path, json=change), 200)
        await submitted(client, military)
        await set_military(environment, allowed=False)
        # It keeps the rules that it was submitted under, after a return too.
        await environment.publish(a_case_event(CaseReturned, "institution", one["record_id"], 1, fields=("name",)))
        returned = await reads(client, path, state="returned")
        again = {"version": returned["version"], "values": {"address": "和平路2号"}}
        await submitted(client, await answer_of(await client.put(path, json=again), 200))
        await environment.publish(a_case_event(CaseApproved, "institution", one["record_id"], 2, submission=2))
        approved = await reads(client, path, state="approved")
        change = {"version": approved["version"], "values": {"address": "和平路3号"}}
        changed = await answer_of(await client.put(path, json=change), 200)
        assert (await submitted(client, changed))["state"] == "submitted"
        added = a_new(name="湘潭市新建医院", military=True, licence_number=None)
        assert (await answer_of(await client.post("/institutions", json=added), 409))["code"] == "military-not-yet"


async def test_under_a_closed_policy_an_approved_institution_does_not_become_of_the_kind(
    environment: Environment,
) -> None:
    async with environment.running("registry"), own_institution(environment) as (caller, client, one, path):
        await submitted(client, await filled_in(environment, client, caller, one))
        await environment.publish(a_case_event(CaseApproved, "institution", one["record_id"], 1))
        approved = await reads(client, path, state="approved")
        change = {"version": approved["version"], "values": {"military": True}}
        assert (await answer_of(await client.put(path, json=change), 409))["code"] == "military-not-yet"
