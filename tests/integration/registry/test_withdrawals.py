"""Submissions: the maintainer withdraws one until a unit has decided (INS-7)."""

from typing import Any

from shared.contracts.registry.events import SubjectKind, SubmissionFiled, SubmissionWithdrawn
from shared.contracts.review.events import CaseMoved, CaseOpened
from shared.identifiers.regions import Level
from tests.environment import Environment, until
from tests.integration.registry.institution_fixtures import filled_in, own_institution, submitted
from tests.integration.registry.registry_fixtures import a_case_event, answer_of, reads

INSTITUTION = SubjectKind.INSTITUTION


async def test_a_submission_is_withdrawn_corrected_and_submitted_again(environment: Environment) -> None:
    async with (
        environment.running("registry"),
        environment.listening("registry.submission.#") as received,
        own_institution(environment) as (caller, client, one, path),
    ):
        assert (await answer_of(await client.delete(f"{path}/submission"), 409))["code"] == ("nothing-to-withdraw")
        filed = await submitted(client, await filled_in(environment, client, caller, one))
        assert filed["can_withdraw"] is True
        await environment.publish(a_case_event(CaseOpened, INSTITUTION, one["record_id"], 1))
        await reads(client, path, locked=True, can_withdraw=True)
        withdrawn = await answer_of(await client.delete(f"{path}/submission"), 200)
        assert (withdrawn["state"], withdrawn["locked"]) == ("withdrawn", False)
        change = {"version": withdrawn["version"], "values": {"address": "和平路121号"}}
        corrected = await answer_of(await client.put(path, json=change), 200)
        again = await submitted(client, corrected)
        assert (again["state"], again["submission"]) == ("submitted", 2)

        async def three() -> list[tuple[str, dict[str, Any]]] | None:
            own = [each for each in received if each[1]["kind"] == INSTITUTION]
            return own if len(own) == 3 else None

        events = await until(three, what="three events")
        assert [kind for kind, _ in events] == [
            SubmissionFiled.type,
            SubmissionWithdrawn.type,
            SubmissionFiled.type,
        ]
        versions = [data["subject_version"] for _, data in events]
        assert versions == sorted(set(versions))


async def test_a_submission_cannot_be_withdrawn_after_a_unit_has_decided(environment: Environment) -> None:
    async with environment.running("registry"), own_institution(environment) as (caller, client, one, path):
        await submitted(client, await filled_in(environment, client, caller, one))
        moved = a_case_event(CaseMoved, INSTITUTION, one["record_id"], 2, level=Level.CITY, upward=True)
        await environment.publish(moved)
        await reads(client, path, can_withdraw=False)
        refusal = await answer_of(await client.delete(f"{path}/submission"), 409)
        assert refusal["code"] == "nothing-to-withdraw"
