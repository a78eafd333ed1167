"""Agreements between a provider and its agencies, through the service's own endpoints."""

import asyncio
from typing import Any

import pytest

from shared.contracts.agreements.events import AgreementConfirmed, AgreementDeleted, AgreementSubmitted
from shared.contracts.registry.events import Scope
from shared.ids import new_id
from shared.security.caller import Role
from tests.environment import Environment, a_caller, until
from tests.integration.agreements.agreement_fixtures import (
    Hospital,
    agreement_scene,
    answered,
    form,
    receipt,
    registered,
)
from tests.provider_events import archived


async def test_an_agreement_is_submitted_confirmed_corrected_edited_and_deleted(environment: Environment) -> None:
    async with (
        environment.listening("agreements.#") as published,
        agreement_scene(environment, library_run_seconds=3600) as one,
    ):
        added = await one.submitted()
        assert (added["state"], added["actions"], added["expired"]) == ("to_confirm", ["edit", "delete"], False)
        path = f"/agreements/{added['agreement_id']}"
        seen = await answered(one.agency.get("/agreements", params={"state": "to_confirm"}), 200)
        assert [item["agreement_id"] for item in seen["items"]] == [added["agreement_id"]]
        assert seen["items"][0]["actions"] == ["edit", "confirm"]
        confirmed = await one.confirmed(added)
        assert (confirmed["state"], confirmed["version"]) == ("confirmed", 2)
        corrected = await answered(one.agency.put(path, json=form(version=2, memo="首页更正")), 200)
        assert (corrected["state"], corrected["version"], corrected["values"]["memo"]) == (
            "confirmed",
            3,
            "首页更正",
        )
        assert corrected["attachment"] == added["attachment"]
        paper = receipt(environment, one.hospital.maintainer, "新协议.pdf")
        edited = await answered(one.provider.put(path, json=form(version=3, attachment=paper)), 200)
        assert (edited["state"], edited["attachment"]["name"]) == ("to_confirm", "新协议.pdf")
        await answered(one.provider.delete(path, params={"version": 4}), 204)
        assert (await one.read(added))["state"] == "terminated"
        assert (await answered(one.provider.get("/agreements"), 200))["items"] == []
        again = await answered(one.provider.delete(path, params={"version": 5}), 409)
        assert again["code"] == "agreement-terminated"

        async def all_published() -> bool:
            return len(published) == 5

        await until(all_published, what="five events")
    kinds = [AgreementSubmitted, AgreementConfirmed, AgreementConfirmed, AgreementSubmitted, AgreementDeleted]
    assert [kind for kind, _ in published] == [kind.type for kind in kinds]
    assert [data["subject_version"] for _, data in published] == [1, 2, 3, 4, 5]
    assert {data["region"] for _, data in published} == {"430302"}
    assert published[-1][1]["document_id"] == edited["attachment"]["document_id"]


async def test_an_agency_enters_an_agreement_with_an_institution_elsewhere_that_it_finds_by_name(
    environment: Environment,
) -> None:
    youxian = a_caller(Role.AGENCY, "430223")
    async with agreement_scene(environment) as one, environment.client("agreements", youxian) as county:
        await environment.publish(registered(youxian, "攸县医疗保障局"))
        found = await answered(county.get("/agreements/providers", params={"name": "湘潭 市中心"}), 200)
        assert [item["provider_id"] for item in found["items"]] == [str(one.hospital.provider_id)]
        missed = await answered(county.get("/agreements/providers", params={"name": "株洲"}), 200)
        assert missed["items"] == []
        short = await answered(county.get("/agreements/providers", params={"name": "湘"}), 422)
        assert short["code"] == "query-too-short"
        wanted = {**one.new(youxian), "agency_id": str(youxian.unit_id)}

        async def entered() -> Any:
            async with county.post("/agreements", json=wanted) as answer:
                return await answer.json() if answer.status == 201 else None

        added = await until(entered, what="the agreement once the unit is known")
        assert (added["state"], added["added_by"]) == ("confirmed", "agency")
        assert added["actions"] == ["edit", "delete"]
        assert (await one.read(added))["actions"] == ["edit", "delete"]
        of_city = await answered(one.agency.get("/agreements"), 200)
        assert of_city["items"] == []
        of_region = {"provider_id": str(one.hospital.provider_id)}
        assert len((await answered(one.agency.get("/agreements", params=of_region), 200))["items"]) == 1
        path = f"/agreements/{added['agreement_id']}"
        assert (await answered(one.agency.delete(path, params={"version": 1}), 403))["code"] == "role-required"
        await answered(county.delete(path, params={"version": 1}), 204)


async def test_several_agreements_with_one_agency_are_independent_and_may_share_a_pdf(
    environment: Environment,
) -> None:
    async with agreement_scene(environment) as one:
        paper = receipt(environment, one.hospital.maintainer)
        first = await one.submitted(service_objects=["310"])
        body = {**one.new(service_objects=["510"], name="生育保险服务协议"), "attachment": paper}
        second = await answered(one.provider.post("/agreements", json=body), 201)
        third = await answered(one.provider.post("/agreements", json=body), 201)
        assert second["attachment"] == third["attachment"]
        assert first["attachment"]["document_id"] != second["attachment"]["document_id"]
        await one.confirmed(second)
        states = await answered(one.provider.get("/agreements"), 200)
        assert [(item["agreement_id"], item["state"]) for item in states["items"]] == [
            (third["agreement_id"], "to_confirm"),
            (second["agreement_id"], "confirmed"),
            (first["agreement_id"], "to_confirm"),
        ]


async def test_an_expired_agreement_is_recorded_and_shown_as_expired(environment: Environment) -> None:
    async with agreement_scene(environment) as one:
        added = await one.submitted(begins_on="2019-01-01", ends_on="2019-12-31", sign_year=2019)
        assert added["expired"] is True
        assert (await one.confirmed(added))["state"] == "confirmed"


async def test_wrong_fields_are_named_in_both_languages(environment: Environment) -> None:
    async with agreement_scene(environment) as one:
        wrong = one.new(ends_on="2025-12-31", service_scope=["9"])
        chinese = await answered(one.provider.post("/agreements", json=wrong), 422)
        assert {error["field"] for error in chinese["errors"]} == {"ends_on", "service_scope"}
        english = await answered(
            one.provider.post("/agreements", json=wrong, headers={"Accept-Language": "en"}), 422
        )
        assert english["title"] == "2 fields need correction."
        nobody = {**one.new(ends_on="2025-12-31"), "agency_id": str(new_id())}
        unknown = await answered(one.provider.post("/agreements", json=nobody), 422)
        codes = [error["code"] for error in unknown["errors"]]
        assert codes == ["no-such-agency", "ends-before-it-begins"]
        pharmacys = await answered(one.provider.post("/agreements", json=one.new(agreement_type="2")), 422)
        assert [error["code"] for error in pharmacys["errors"]] == ["agreement-of-another-kind"]
        unkeepable = await answered(one.provider.post("/agreements", json=one.new(memo="a\x00b")), 422)
        assert unkeepable["code"] == "character-refused"


async def test_an_attachment_needs_the_callers_own_receipt(environment: Environment) -> None:
    async with agreement_scene(environment) as one:
        for foreign in (receipt(environment, one.agent), "not a receipt"):
            body = {**one.new(), "attachment": foreign}
            refusal = await answered(one.provider.post("/agreements", json=body), 422)
            assert refusal["code"] == "receipt-refused"


async def test_other_accounts_find_nothing_and_other_roles_are_refused(environment: Environment) -> None:
    unrelated, nurse = a_caller(Role.MAINTAINER, "430302"), a_caller(Role.MAINTAINER, "430302")
    reviewer = a_caller(Role.REVIEWER, "430300")
    elsewhere = a_caller(Role.AGENCY, "320100")
    async with agreement_scene(environment) as one:
        await environment.publish(one.hospital.maintained((nurse, Scope.NURSE), version=9))
        added = await one.submitted()
        path = f"/agreements/{added['agreement_id']}"
        for outsider in (unrelated, nurse, elsewhere):
            async with environment.client("agreements", outsider) as client:
                await answered(client.get(path), 404)
                await answered(client.put(path, json=form(version=1)), 404)
                await answered(client.post(f"{path}/confirmation", json={"version": 1}), 404)
                await answered(client.delete(path, params={"version": 1}), 404)
                assert (await answered(client.get("/agreements"), 200))["items"] == []
        async with environment.client("agreements", unrelated) as client:
            await answered(client.post("/agreements", json=one.new(unrelated)), 404)
        async with environment.client("agreements", elsewhere) as client:
            refusal = await answered(client.post("/agreements", json=one.new(elsewhere)), 403)
            assert refusal["code"] == "agency-is-another"
        async with environment.client("agreements", reviewer) as client:
            assert (await answered(client.get(path), 200))["actions"] == []
            await answered(client.post("/agreements", json=one.new(reviewer)), 403)
            await answered(client.post(f"{path}/confirmation", json={"version": 1}), 403)
        await answered(one.provider.post(f"{path}/confirmation", json={"version": 1}), 403)
        async with environment.client("agreements") as nobody:
            await answered(nobody.get(path), 401)


async def test_an_institution_that_is_not_approved_yet_has_no_agreement(environment: Environment) -> None:
    early = Hospital("湘乡市人民医院", region="430381")
    async with agreement_scene(environment) as one, environment.client("agreements", early.maintainer) as client:
        await environment.publish(early.maintained(), early.coded)
        body = {
            **one.new(early.maintainer),
            "provider_id": str(early.provider_id),
        }

        async def maintained() -> Any:
            async with client.post("/agreements", json=body) as answer:
                return await answer.json() if answer.status != 404 else None

        refusal = await until(maintained, what="the maintainer")
        assert refusal["code"] == "provider-not-approved"
        assert (await answered(client.get("/agreements/providers"), 200))["items"] == []
        await environment.publish(early.approved)

        async def approved() -> bool:
            return (await client.post("/agreements", json=body)).status == 201

        await until(approved, what="the approval")


async def test_an_older_event_changes_nothing_and_a_successor_maintains(environment: Environment) -> None:
    successor = a_caller(Role.MAINTAINER, "430302")
    async with agreement_scene(environment) as one, environment.client("agreements", successor) as client:
        await environment.publish(one.hospital.maintained(by=successor, version=8))

        async def taken_over() -> bool:
            return bool((await answered(client.get("/agreements/providers"), 200))["items"])

        await until(taken_over, what="the successor")
        renamed = one.hospital.approved.model_copy(update={"subject_version": 12, "name": "湘潭市第一人民医院"})
        await environment.publish(renamed, one.hospital.approved, one.hospital.maintained(version=2))
        params = {"name": "第一人民"}

        async def newest() -> Any:
            return (await answered(client.get("/agreements/providers", params=params), 200))["items"]

        found = await until(newest, what="the new name")
        assert found[0]["code"] == one.hospital.code
        async with environment.postgres("agreements") as rows:

            async def all_handled() -> bool:
                count: int = await rows.fetchval("SELECT count(*) FROM inbox WHERE consumer LIKE 'agreements.%'")
                return count == 8

            await until(all_handled, what="all eight events")
        assert await newest()
        assert (await answered(one.provider.get("/agreements/providers"), 200))["items"] == []


async def test_concurrent_changes_conflict_and_a_repeated_request_has_one_effect(
    environment: Environment,
) -> None:
    async with agreement_scene(environment) as one:
        body, key = one.new(), {"Idempotency-Key": "double click"}
        both = await asyncio.gather(
            *(answered(one.provider.post("/agreements", json=body, headers=key), 201) for _ in range(2))
        )
        assert both[0] == both[1]
        path = f"/agreements/{both[0]['agreement_id']}"
        changes = [
            session.put(path, json=form(version=1, memo=memo))
            for session, memo in ((one.provider, "甲"), (one.agency, "乙"))
        ]
        answers = await asyncio.gather(*changes)
        assert sorted(answer.status for answer in answers) == [200, 409]
        loser = next(answer for answer in answers if answer.status == 409)
        problem = await loser.json()
        assert (problem["code"], problem["current"], problem["seen"]) == ("changed-meanwhile", 2, 1)


@pytest.mark.parametrize("limit", [1, 2])
async def test_lists_return_every_item_once(environment: Environment, limit: int) -> None:
    async with agreement_scene(environment) as one:
        agents = [a_caller(Role.AGENCY, region) for region in ("430302", "430304", "430381")]
        await environment.publish(*(registered(agent, f"医保局{agent.region}") for agent in agents))
        made = [await one.submitted() for _ in range(3)]

        async def paged(path: str) -> list[Any]:
            items: list[Any] = []
            params = {"limit": str(limit)}
            while True:
                page = await answered(one.provider.get(path, params=params), 200)
                items.extend(page["items"])
                if page["next"] is None:
                    return items
                params["after"] = page["next"]

        listed = await paged("/agreements")
        assert [item["agreement_id"] for item in listed] == [item["agreement_id"] for item in reversed(made)]

        async def all_four() -> bool:
            return [item["region"] for item in await paged("/agencies")] == [
                "430300",
                "430302",
                "430304",
                "430381",
            ]

        await until(all_four, what="four agencies in order")
        near = await answered(one.provider.get("/agencies", params={"region": "430300", "name": "0304"}), 200)
        assert [item["unit_id"] for item in near["items"]] == [str(agents[1].unit_id)]
        for cursor in ("A" * 16, "5Lit" * 5):
            refusal = await answered(one.provider.get("/agencies", params={"after": cursor}), 422)
            assert refusal["code"] == "cursor-refused"


async def test_the_form_and_its_dictionaries_are_served(environment: Environment) -> None:
    async with agreement_scene(environment) as one:
        form_ = await answered(one.provider.get("/agreements/form"), 200)
        kinds = {field["name"]: field["kind"] for field in form_["fields"]}
        assert kinds["charging_level"] == {"kind": "choice", "dictionary": "charging_level"}
        name = kinds["service_objects"]["of"]["dictionary"]
        offered = await answered(one.provider.get(f"/agreements/dictionaries/{name}"), 200)
        names = {entry["code"]: (entry["name"], entry["name_en"]) for entry in offered["entries"]}
        assert names["510"] == ("生育保险", "Maternity insurance")
        await answered(one.provider.get("/agreements/dictionaries/unknown"), 404)


async def test_the_agreements_of_an_archived_provider_end_and_no_new_one_is_made(environment: Environment) -> None:
    async with (
        environment.listening("agreements.agreement.ended.#") as ends,
        agreement_scene(environment, library_run_seconds=3600) as one,
    ):
        waiting, confirmed = await one.submitted(), await one.confirmed(await one.submitted())
        deleted = await one.submitted()
        await one.provider.delete(f"/agreements/{deleted['agreement_id']}", params={"version": deleted["version"]})
        await environment.publish(archived(one.hospital.provider_id))

        async def ended() -> bool:
            return [(await one.read(each))["state"] for each in (waiting, confirmed)] == ["ended", "ended"]

        await until(ended, what="the end of both")
        assert (await one.read(deleted))["state"] == "terminated"
        listed = await answered(one.agency.get("/agreements"), 200)
        assert {each["state"] for each in listed["items"]} == {"ended"}
        seen = await one.read(waiting)
        assert seen["actions"] == []
        for attempt in (
            one.agency.post(f"/agreements/{seen['agreement_id']}/confirmation", json={"version": seen["version"]}),
            one.provider.put(f"/agreements/{seen['agreement_id']}", json=form(version=seen["version"])),
        ):
            assert (await answered(attempt, 409))["code"] == "agreement-ended"
        for client, caller in ((one.provider, one.hospital.maintainer), (one.agency, one.agent)):
            refusal = await answered(client.post("/agreements", json=one.new(caller)), 409)
            assert refusal["code"] == "provider-archived"
        offered = await answered(one.provider.get("/agreements/providers"), 200)
        assert offered["items"] == []
        # An approval that crosses the archive brings nothing back.
        later = {"subject_version": 9, "name": "湘潭市第一医院"}
        await environment.publish(one.hospital.approved.model_copy(update=later))

        async def renamed() -> bool:
            return bool((await one.read(waiting))["provider_name"] == later["name"])

        await until(renamed, what="the approval")
        assert (await one.read(waiting))["state"] == "ended"
        refusal = await answered(one.provider.post("/agreements", json=one.new()), 409)
        assert refusal["code"] == "provider-archived"

        async def both() -> bool:
            return len(ends) == 2

        await until(both, what="two events")
    assert {data["provider_id"] for _, data in ends} == {str(one.hospital.provider_id)}
