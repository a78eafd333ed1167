"""The deletion of what was never approved: its maintainer deletes it, and its identity is free again (INS-5)."""

from typing import Any

import aiohttp

from shared.contracts.registry.events import AttachmentsChanged, MaintainersChanged, RecordClosed, SubjectKind
from shared.contracts.review.events import CaseApproved, CaseReturned
from tests.environment import Environment, until
from tests.integration.registry.institution_fixtures import added, filled_in, own_institution, submitted
from tests.integration.registry.registry_fixtures import a_case_event, a_maintainer, a_scan, answer_of, reads
from tests.integration.registry.test_archives import handled
from tests.integration.registry.test_staff import physician, post
from tests.integration.registry.test_staff import submitted as submitted_staff

INSTITUTION = SubjectKind.INSTITUTION


async def delete(client: aiohttp.ClientSession, path: str, status: int = 204, version: int | None = None) -> Any:
    """The answer to a deletion of what is seen now."""
    seen = version or (await answer_of(await client.get(path), 200))["version"]
    async with client.delete(path, params={"version": seen}) as answer:
        assert answer.status == status, await answer.text()
        return None if status == 204 else (await answer.json())["code"]


async def rows_of(environment: Environment, record_id: str) -> int:
    """How many rows speak of a record."""
    tables = [f"institution{suffix}" for suffix in ("", "_copy", "_snapshot", "_search", "_identity")]
    counted = " + ".join(f"(SELECT count(*) FROM {table} WHERE record_id = $1)" for table in tables)
    async with environment.postgres("registry") as rows:
        count: int = await rows.fetchval(
            f"SELECT {counted} + (SELECT count(*) FROM maintainer WHERE provider_id = $1)", record_id
        )
        return count


async def test_a_returned_draft_is_deleted_with_its_staff_and_added_anew(environment: Environment) -> None:
    async with (
        environment.running("registry"),
        environment.listening("registry.#") as events,
        own_institution(environment) as (caller, client, one, path),
    ):
        filed = await submitted(client, await filled_in(environment, client, caller, one))
        assert await delete(client, path, 409) == "record-locked"
        await environment.publish(a_case_event(CaseReturned, INSTITUTION, one["record_id"], 2, fields=()))
        await reads(client, path, state="returned")
        person = await post(client, one["record_id"], physician())
        assert await delete(client, path, 409, filed["version"]) == "changed-meanwhile"
        await delete(client, path)
        assert await rows_of(environment, one["record_id"]) == 0
        for gone in (path, f"/physicians/{person['record_id']}"):
            assert (await client.get(gone)).status == 404
        assert (await client.delete(path, params={"version": 1})).status == 404
        found = await answer_of(await client.get("/institutions", params={"query": "湘潭市中心"}), 200)
        assert found["items"] == []
        again = await added(client)
        assert again["record_id"] != one["record_id"]

        async def all_recorded() -> bool:
            return sum(kind == RecordClosed.type for kind, _ in events) == 2

        await until(all_recorded, what="both closings")
        about = [(kind, data) for kind, data in events if data["subject_id"] == one["record_id"]]
        ended = dict(about)
        assert ended[AttachmentsChanged.type]["document_ids"] == []
        assert ended[MaintainersChanged.type]["maintainers"] == []
        assert ended[RecordClosed.type]["cause"] == "deleted"
        # A decision that was on its way finds nothing, and brings nothing back.
        await handled(environment, a_case_event(CaseApproved, INSTITUTION, one["record_id"], 9))
        assert await rows_of(environment, one["record_id"]) == 0


async def test_what_was_approved_or_has_staff_under_review_is_not_deleted(environment: Environment) -> None:
    async with environment.running("registry"), own_institution(environment) as (caller, client, one, path):
        person = await submitted_staff(client, await post(client, one["record_id"], physician()))
        assert await delete(client, path, 409) == "dependents-under-review"
        assert await delete(client, f"/physicians/{person['record_id']}", 409) == "record-locked"
        filed = await submitted(client, await filled_in(environment, client, caller, one))
        await environment.publish(a_case_event(CaseApproved, INSTITUTION, one["record_id"], 4))
        seen = await reads(client, path, state="approved", life="in-force")
        assert seen["version"] > filed["version"]
        assert await delete(client, path, 409) == "approved-not-deleted"


async def test_nobody_deletes_what_others_added_or_maintain(environment: Environment) -> None:
    async with environment.running("registry"), own_institution(environment) as (_, client, one, path):
        other = await a_maintainer(environment)
        async with environment.client("registry", other) as their:
            assert (await their.delete(path, params={"version": one["version"]})).status == 404
        assert (await answer_of(await client.get(path), 200))["life"] == "draft"


async def test_an_open_authorisation_says_that_its_institution_was_deleted_and_is_changed_to_another(
    environment: Environment,
) -> None:
    async with environment.running("registry"):
        caller = await a_maintainer(environment)
        async with environment.client("registry", caller) as client:
            one = await added(client)
            path, body = f"/institutions/{one['record_id']}", {"scopes": ["institution"]}
            asked = {**body, "provider_ids": [one["record_id"]]}
            letter = await answer_of(await client.post("/authorisations", json=asked), 201)
            mine = f"/authorisations/{letter['authorisation_id']}"
            await delete(client, path)
            seen = await answer_of(await client.get(mine), 200)
            assert (seen["state"], seen["problem"]["code"]) == ("prepared", "provider-deleted")
            # A scan of its letter that comes all the same is not submitted.
            again = await added(client)
            await environment.publish(a_scan(letter))
            async with environment.postgres("registry") as rows:

                async def handled() -> bool:
                    return bool(await rows.fetchval("SELECT scan_version FROM authorisation") == 2)

                await until(handled, what="the scan")
            seen = await answer_of(await client.get(mine), 200)
            assert (seen["state"], seen["problem"]["code"]) == ("prepared", "provider-deleted")
            change = {**body, "provider_ids": [again["record_id"]], "version": seen["version"]}
            changed = await answer_of(await client.put(mine, json=change), 200)
            assert (changed["problem"], changed["letter_version"]) == (None, 2)
            # While it is under review, its institution stays.
            await environment.publish(a_scan(letter, 3, 2))
            await reads(client, mine, state="submitted")
            kept = f"/institutions/{again['record_id']}"
            assert await delete(client, kept, 409) == "authorisation-under-review"
