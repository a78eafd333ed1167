"""Handovers of a provider to a successor: one moment, one at a time, and no way back by old letters (ACC-10)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import asyncpg
import pytest

from shared.contracts.documents.events import ScanMatched
from shared.contracts.registry.events import (
    AccountAccessChanged,
    AuthorisationPrepared,
    MaintainersChanged,
    SubjectKind,
    SubmissionFiled,
)
from shared.contracts.review.events import CaseApproved, CaseReturned
from shared.security.caller import Caller
from tests.environment import Environment, until
from tests.integration.registry.registry_fixtures import (
    HOSPITAL,
    a_case_event,
    a_maintainer,
    a_scan,
    answer_of,
    authorised,
    reads,
)
from tests.integration.registry.test_authorisations import path_of, received_events
from tests.integration.registry.test_pharmacies import STORE

AUTHORISATION, ACCOUNT = SubjectKind.AUTHORISATION, SubjectKind.ACCOUNT


@dataclass(frozen=True, slots=True)
class Party:
    """An account and its client."""

    caller: Caller
    client: aiohttp.ClientSession

    async def change(self, path: str, status: int, **values: Any) -> dict[str, Any]:
        """The answer to a change of the record as it is now."""
        seen = await (await self.client.get(path)).json()
        change = {"version": seen.get("version", 1), "values": values or {"address": "和平路1号"}}
        return await answer_of(await self.client.put(path, json=change), status)

    async def requests(self, record_id: str, status: int = 201, **more: Any) -> dict[str, Any]:
        """The answer to the request for a handover of an institution."""
        wanted = {"scopes": ["institution"], "provider_ids": [record_id], "handover": True, **more}
        return await answer_of(await self.client.post("/authorisations", json=wanted), status)


@asynccontextmanager
async def party(environment: Environment) -> AsyncIterator[Party]:
    """A registered account."""
    caller = await a_maintainer(environment)
    async with environment.client("registry", caller) as client:
        yield Party(caller, client)


async def maintained(environment: Environment, one: Party, kind: str = "institution") -> str:
    """The path of a provider that the account has added and maintains, with the staff of one kind."""
    values, collection, staff = {
        "institution": (HOSPITAL, "institutions", "physician"),
        "pharmacy": (STORE, "pharmacies", "pharmacist"),
    }[kind]
    added = await answer_of(await one.client.post(f"/{collection}", json={"values": values}), 201)
    await authorised(environment, one.client, one.caller, added["record_id"], scopes=(kind, staff))
    return f"/{collection}/{added['record_id']}"


async def submitted(environment: Environment, one: Party, handover: dict[str, Any]) -> dict[str, Any]:
    """The handover with its stamped letter under review; the account is approved."""
    await environment.publish(
        a_scan(handover, letter_version=handover["letter_version"]),
        a_case_event(CaseApproved, ACCOUNT, one.caller.account_id, 2),
    )
    return await reads(one.client, path_of(handover), state="submitted")


async def completed(environment: Environment, one: Party, handover: dict[str, Any]) -> dict[str, Any]:
    """The handover after the nation has approved it."""
    await environment.publish(a_case_event(CaseApproved, AUTHORISATION, handover["authorisation_id"], 2))
    return await reads(one.client, path_of(handover), in_force=True)


def id_of(path: str) -> str:
    """The id at the end of a path."""
    return path.rsplit("/", 1)[1]


@pytest.mark.parametrize(("kind", "staff"), [("institution", "physician"), ("pharmacy", "pharmacist")])
async def test_in_one_moment_the_successor_maintains_the_provider_and_the_predecessor_nothing_of_it(
    environment: Environment, kind: str, staff: str
) -> None:
    async with (
        environment.running("registry"),
        environment.listening("registry.#") as received,
        party(environment) as former,
        party(environment) as successor,
    ):
        path = await maintained(environment, former, kind)
        await former.change(path, 200, address="和平路7号")
        plain = await successor.requests(id_of(path), 409, scopes=[kind], handover=False)
        assert (plain["code"], "交接" in plain["next_step"]) == ("provider-scope-held", True)
        handover = await successor.requests(id_of(path), scopes=[kind])
        gone = {
            "account_id": str(former.caller.account_id),
            "name_masked": "张*",
            "scopes": sorted([kind, staff]),
        }
        assert handover["providers"][0]["former_maintainer"] == gone
        await submitted(environment, successor, handover)
        filed: SubmissionFiled = (await received_events(received, SubmissionFiled, 2))[-1]
        assert (filed.values["handover"], filed.title.endswith("（交接）")) == (True, True)
        assert filed.values["providers"][0]["former_maintainer"] == gone  # type: ignore[index, call-overload]
        # Until it is approved the predecessor works on, and sees it coming.
        await former.change(path, 200, address="和平路8号")
        mine = (await answer_of(await former.client.get("/authorisations"), 200))["items"][0]
        assert [(each["provider_id"], each["completed"]) for each in mine["handed_over"]] == [(id_of(path), False)]
        assert mine["in_force"]
        await completed(environment, successor, handover)
        changes: list[MaintainersChanged] = await received_events(received, MaintainersChanged, 2)
        assert [one.account_id for one in changes[-1].maintainers] == [successor.caller.account_id]
        assert len(changes) == 2
        ended: list[AccountAccessChanged] = await received_events(received, AccountAccessChanged, 1)
        assert [(one.subject_id, one.epoch) for one in ended] == [(former.caller.account_id, 1)]
        refusal = await former.change(path, 403)
        assert (refusal["code"], bool(refusal["date"])) == ("scope-handed-over", True)
        await answer_of(await former.client.get(path), 403)
        mine = (await answer_of(await former.client.get("/authorisations"), 200))["items"][0]
        assert (mine["in_force"], mine["handed_over"][0]["completed"]) == (False, True)
        # The draft waits for the successor.
        assert (await successor.change(path, 200))["values"]["address"] == "和平路1号"
        drafts = await answer_of(await successor.client.get(path), 200)
        assert drafts["version"] == 4


async def test_a_return_leaves_all_as_it_was_and_lets_another_handover_come(environment: Environment) -> None:
    async with (
        environment.running("registry"),
        party(environment) as former,
        party(environment) as one,
        party(environment) as other,
    ):
        path = await maintained(environment, former)
        handover = await submitted(environment, one, await one.requests(id_of(path)))
        refused = await other.requests(id_of(path), 409)
        assert (refused["code"], bool(refused["since"])) == ("handover-under-review", True)
        await environment.publish(
            a_case_event(CaseReturned, AUTHORISATION, handover["authorisation_id"], 2, fields=("scan",))
        )
        await reads(one.client, path_of(handover), state="returned")
        await former.change(path, 200)
        mine = (await answer_of(await former.client.get("/authorisations"), 200))["items"][0]
        assert (mine["in_force"], mine["handed_over"]) == (True, [])
        await submitted(environment, other, await other.requests(id_of(path)))


async def test_of_two_handovers_one_is_under_review_and_the_other_letter_is_void_with_the_reason(
    environment: Environment,
) -> None:
    async with (
        environment.running("registry"),
        party(environment) as former,
        party(environment) as one,
        party(environment) as other,
    ):
        path = await maintained(environment, former)
        parties = [one, other]
        handovers = [await each.requests(id_of(path)) for each in parties]
        scans: list[ScanMatched] = [a_scan(each) for each in handovers]
        await asyncio.gather(*(environment.publish(each) for each in scans))

        async def both() -> list[dict[str, Any]] | None:
            seen = [
                await answer_of(await each.client.get(path_of(handover)), 200)
                for each, handover in zip(parties, handovers, strict=True)
            ]
            return seen if all(each["state"] == "submitted" or each["problem"] for each in seen) else None

        seen: list[dict[str, Any]] = await until(both, what="one under review, the other refused")
        assert sorted(each["state"] for each in seen) == ["prepared", "submitted"]
        [refused] = [each for each in seen if each["problem"]]
        assert (refused["problem"]["code"], refused["letter_version"]) == ("handover-under-review", 2)


async def test_an_older_authorisation_of_the_predecessor_brings_nothing_back(environment: Environment) -> None:
    async with (
        environment.running("registry"),
        party(environment) as former,
        party(environment) as successor,
    ):
        path = await maintained(environment, former)
        wanted = {"scopes": ["institution", "nurse"], "provider_ids": [id_of(path)]}
        older = await answer_of(await former.client.post("/authorisations", json=wanted), 201)
        unfiled = await former.requests(id_of(path), scopes=["nurse"], handover=False)
        await environment.publish(a_scan(older))
        await reads(former.client, path_of(older), state="submitted")
        handover = await submitted(environment, successor, await successor.requests(id_of(path)))
        await completed(environment, successor, handover)
        await environment.publish(a_case_event(CaseApproved, AUTHORISATION, older["authorisation_id"], 2))
        seen = await reads(former.client, path_of(older), state="approved")
        assert (seen["held_by_others"], seen["in_force"]) == ([id_of(path)], False)
        # The scan of a letter from before the handover is not submitted; its next version could be.
        await environment.publish(a_scan(unfiled))
        voided = await reads(former.client, path_of(unfiled), letter_version=2)
        assert (voided["state"], voided["problem"]["code"]) == ("prepared", "scan-outdated")
        async with environment.postgres("registry") as rows:
            accounts = await rows.fetch("SELECT DISTINCT account_id FROM maintainer")
        assert [row["account_id"] for row in accounts] == [successor.caller.account_id]


async def test_a_letter_that_names_a_maintainer_who_has_left_is_not_submitted(environment: Environment) -> None:
    async with (
        environment.running("registry"),
        party(environment) as former,
        party(environment) as one,
        party(environment) as late,
    ):
        path = await maintained(environment, former)
        outdated = await late.requests(id_of(path))
        await completed(environment, one, await submitted(environment, one, await one.requests(id_of(path))))
        await environment.publish(a_scan(outdated))
        seen = await reads(late.client, path_of(outdated), letter_version=2)
        assert seen["problem"]["code"] == "scan-outdated"
        named = seen["providers"][0]["former_maintainer"]
        assert named["account_id"] == str(one.caller.account_id)


async def waiting(rows: asyncpg.Connection, count: int) -> None:
    """Waits until so many sessions wait for a lock."""

    async def look() -> bool:
        statement = """
            SELECT count(*) FROM pg_stat_activity
            WHERE wait_event_type = 'Lock' AND datname = current_database()
        """
        return bool(await rows.fetchval(statement) >= count)

    await until(look, what=f"{count} waiting for a lock")


async def test_what_the_predecessor_saves_at_that_moment_comes_before_it_or_not_at_all(
    environment: Environment,
) -> None:
    async with (
        environment.running("registry"),
        environment.postgres("registry") as blocker,
        environment.postgres("registry") as rows,
        party(environment) as former,
        party(environment) as successor,
    ):
        path = await maintained(environment, former)
        handover = await submitted(environment, successor, await successor.requests(id_of(path)))
        approval = a_case_event(CaseApproved, AUTHORISATION, handover["authorisation_id"], 2)
        # The save has begun, the handover waits for it.
        async with blocker.transaction():
            await blocker.execute("SELECT FROM institution WHERE record_id = $1 FOR UPDATE", id_of(path))
            save = asyncio.create_task(former.change(path, 200))
            await waiting(rows, 1)
            await environment.publish(approval)
            await waiting(rows, 2)
        await save
        await reads(successor.client, path_of(handover), in_force=True)
        # A handover back has begun, the save of who loses waits for it.
        back = await submitted(environment, former, await former.requests(id_of(path)))
        async with blocker.transaction():
            await blocker.execute(
                "SELECT FROM account WHERE account_id = $1 FOR UPDATE", successor.caller.account_id
            )
            await environment.publish(a_case_event(CaseApproved, AUTHORISATION, back["authorisation_id"], 2))
            await waiting(rows, 1)
            change = {"version": 2, "values": {"address": "和平路9号"}}
            late = asyncio.create_task(successor.client.put(path, json=change))
            await waiting(rows, 2)
        refusal = await answer_of(await late, 403)
        assert refusal["code"] == "scope-handed-over"
        assert (await former.change(path, 200))["version"] == 3


async def test_what_is_no_handover_is_refused_with_the_reason(environment: Environment) -> None:
    async with (
        environment.running("registry"),
        party(environment) as former,
        party(environment) as successor,
    ):
        path = await maintained(environment, former)
        for one, scopes, code in (
            (successor, ["physician"], "handover-of-staff-scopes"),
            (former, ["institution"], "nothing-to-hand-over"),
        ):
            refusal = await one.requests(id_of(path), 422, scopes=scopes)
            assert [each["code"] for each in refusal["errors"]] == [code]


async def test_who_added_a_record_corrects_it_and_open_letters_that_print_it_are_void(
    environment: Environment,
) -> None:
    """ACC-8: nobody registers again because of a wrong credit code."""
    async with (
        environment.running("registry"),
        environment.listening("registry.authorisation.#") as received,
        party(environment) as adder,
        party(environment) as other,
    ):
        added = await answer_of(await adder.client.post("/institutions", json={"values": HOSPITAL}), 201)
        path, ids = f"/institutions/{added['record_id']}", [added["record_id"]]
        letters = [await each.requests(ids[0], handover=False) for each in (adder, other)]
        right = "12100000400001475H"
        await adder.change(path, 403, uscc=right, address="和平路1号")
        await answer_of(await other.client.put(path, json={"version": 1, "values": {"uscc": right}}), 404)
        corrected = await adder.change(path, 200, uscc=right)
        assert corrected["numbers"]["uscc"] == right
        for each, letter in zip((adder, other), letters, strict=True):
            seen = await reads(each.client, path_of(letter), letter_version=2)
            assert (seen["letter_number"], seen["providers"][0]["uscc"]) == (letter["letter_number"], right)
        prepared: list[AuthorisationPrepared] = await received_events(received, AuthorisationPrepared, 4)
        assert [one.letter_version for one in prepared] == [1, 1, 2, 2]
        assert [one.providers[0].uscc for one in prepared[2:]] == [right, right]
        # What the letter does not print is changed without another one.
        await adder.change(path, 200, pooling_region="430399")
        assert (await reads(adder.client, path_of(letters[0]), state="prepared"))["letter_version"] == 2
        # Under review it stays as the reviewer reads it.
        await environment.publish(a_scan(letters[1], letter_version=2))
        await reads(other.client, path_of(letters[1]), state="submitted")
        refusal = await adder.change(path, 409, uscc=HOSPITAL["uscc"])
        assert refusal["code"] == "numbers-under-review"
        await environment.publish(
            a_case_event(CaseApproved, ACCOUNT, other.caller.account_id, 2),
            a_case_event(CaseApproved, AUTHORISATION, letters[1]["authorisation_id"], 2),
        )
        await reads(other.client, path_of(letters[1]), in_force=True)
        await answer_of(await adder.client.put(path, json={"version": 3, "values": {"uscc": right}}), 404)


async def test_a_correction_that_waited_for_a_grant_is_refused(environment: Environment) -> None:
    async with (
        environment.running("registry"),
        environment.postgres("registry") as blocker,
        environment.postgres("registry") as rows,
        party(environment) as adder,
    ):
        added = await answer_of(await adder.client.post("/institutions", json={"values": HOSPITAL}), 201)
        path = f"/institutions/{added['record_id']}"
        async with blocker.transaction():
            await blocker.execute("SELECT FROM institution FOR UPDATE")
            correction = asyncio.create_task(adder.change(path, 403, name="湘潭市第一医院"))
            await waiting(rows, 1)
            await blocker.execute(
                """
                INSERT INTO maintainer (provider_id, account_id, scope, authorisation_id, since, exclusive)
                VALUES ($1, gen_random_uuid(), 'institution', gen_random_uuid(), now(), true)
                """,
                added["record_id"],
            )
        assert (await correction)["code"] == "scope-required"
