"""Authorisations: prepared once, submitted by the scan, granted after both approvals."""

import asyncio
import re
from typing import Any

import aiohttp
import pytest

from services.registry.authorisations.rules import RANDOM_CHARACTERS
from shared.contracts.documents.events import LetterFailed
from shared.contracts.registry.events import (
    AuthorisationPrepared,
    Maintainer,
    MaintainersChanged,
    SubjectKind,
    SubmissionFiled,
)
from shared.contracts.review.events import CaseApproved, CaseOpened, CaseReturned
from shared.identifiers.numbers import LEGIBLE_ALPHABET
from shared.security.caller import Caller, Role
from tests.environment import Environment, a_caller, until
from tests.integration.registry.registry_fixtures import (
    HOSPITAL,
    a_case_event,
    a_letter,
    a_maintainer,
    a_scan,
    answer_of,
    authorised,
    reads,
)
from tests.integration.registry.test_pharmacies import STORE

AUTHORISATION, ACCOUNT = SubjectKind.AUTHORISATION, SubjectKind.ACCOUNT
Received = list[tuple[str, dict[str, Any]]]


async def added(client: aiohttp.ClientSession, number: int = 1) -> str:
    """One of several institutions."""
    form = {**HOSPITAL, "licence_number": f"PDY43030200{number}"}
    answer = await answer_of(await client.post("/institutions", json={"values": form}), 201)
    return str(answer["record_id"])


async def asked_for(
    client: aiohttp.ClientSession,
    *institution_ids: str,
    scopes: tuple[str, ...] = ("institution",),
    status: int = 201,
) -> dict[str, Any]:
    """The answer to a request for an authorisation."""
    request = {"scopes": list(scopes), "provider_ids": list(institution_ids)}
    return await answer_of(await client.post("/authorisations", json=request), status)


async def received_events(received: Received, event: type[Any], count: int) -> list[Any]:
    """Waits for this number of events of a type and returns them."""

    async def look() -> list[Any] | None:
        found = [event.model_validate(data) for kind, data in received if kind == event.type]
        return found if len(found) >= count else None

    found: list[Any] = await until(look, what=f"{count} of {event.type}")
    return found


def path_of(one: dict[str, Any]) -> str:
    """Where an authorisation is read."""
    return f"/authorisations/{one['authorisation_id']}"


async def test_equal_concurrent_requests_give_one_authorisation(environment: Environment) -> None:
    async with environment.running("registry"), environment.listening("registry.authorisation.#") as received:
        caller = await a_maintainer(environment)
        async with environment.client("registry", caller) as client:
            ids = [await added(client, 1), await added(client, 2)]
            scopes = ("institution", "nurse")
            orders = [(ids, scopes), (ids[::-1], scopes[::-1])] * 4
            answers = await asyncio.gather(*(asked_for(client, *which, scopes=how) for which, how in orders))
            assert len({one["letter_number"] for one in answers}) == 1
            assert answers[0]["state"] == "prepared"
            other = await asked_for(client, ids[0])
            assert other["letter_number"] != answers[0]["letter_number"]
            assert re.fullmatch(rf"SQ\d{{8}}[{LEGIBLE_ALPHABET}]{{{RANDOM_CHARACTERS}}}", other["letter_number"])
            events: list[AuthorisationPrepared] = await received_events(received, AuthorisationPrepared, 2)
            assert [event.letter_number for event in events] == [
                answers[0]["letter_number"],
                other["letter_number"],
            ]
            assert (events[0].person_name, events[0].person_id_masked) == ("张三", "430*************16")
            assert [str(one.provider_id) for one in events[0].providers] == sorted(ids)
            page = await answer_of(await client.get("/authorisations"), 200)
            assert [one["letter_number"] for one in page["items"]] == [
                other["letter_number"],
                answers[0]["letter_number"],
            ]


async def test_a_change_makes_the_next_letter_and_voids_the_one_before(environment: Environment) -> None:
    async with environment.running("registry"), environment.listening("registry.authorisation.#") as received:
        caller = await a_maintainer(environment)
        async with environment.client("registry", caller) as client:
            first, second = await added(client, 1), await added(client, 2)
            one = await asked_for(client, first)
            await environment.publish(made := a_letter(one))
            await reads(client, path_of(one), letter={"document_id": str(made.document_id)})
            change = {"version": one["version"], "scopes": ["institution", "nurse"], "provider_ids": [second]}
            changed = await answer_of(await client.put(path_of(one), json=change), 200)
            assert (changed["letter"], changed["letter_version"]) == (None, 2)
            stale = await answer_of(await client.put(path_of(one), json=change), 409)
            assert stale["code"] == "changed-meanwhile"
            await environment.publish(
                a_letter(one, 1), later := a_letter(one, 2), a_scan(one, 9, letter_version=1)
            )
            seen = await reads(client, path_of(one), letter={"document_id": str(later.document_id)})
            assert (seen["state"], seen["scan"]) == ("prepared", None)
            events = await received_events(received, AuthorisationPrepared, 2)
            assert [(event.letter_version, event.subject_version) for event in events] == [(1, 1), (2, 2)]


async def test_a_scan_submits_the_authorisation_and_after_a_return_submits_it_again(
    environment: Environment,
) -> None:
    async with environment.running("registry"), environment.listening("registry.submission.#") as received:
        caller = await a_maintainer(environment)
        async with environment.client("registry", caller) as client:
            one = await asked_for(client, await added(client))
            await environment.publish(a_scan(one))
            filed = await reads(client, path_of(one), state="submitted")
            change = {
                "version": filed["version"],
                "scopes": ["nurse"],
                "provider_ids": [filed["providers"][0]["provider_id"]],
            }
            locked = await answer_of(await client.put(path_of(one), json=change), 409)
            assert locked["code"] == "authorisation-locked"
            events: list[SubmissionFiled] = await received_events(received, SubmissionFiled, 1)
            assert (events[0].kind, events[0].nation_only, events[0].submission) == (AUTHORISATION, True, 1)
            assert events[0].attachments[0].field == "scan"
            await environment.publish(
                a_case_event(CaseOpened, AUTHORISATION, one["authorisation_id"], 1),
                a_case_event(CaseReturned, AUTHORISATION, one["authorisation_id"], 2, fields=("scan",)),
            )
            await reads(client, path_of(one), state="returned")
            await environment.publish(a_scan(one, 3))
            assert (await reads(client, path_of(one), state="submitted"))["submission"] == 2


async def test_a_scan_that_overtakes_the_return_is_submitted_after_it(environment: Environment) -> None:
    """The documents service receives the return first and accepts the next scan, which is not lost."""
    async with environment.running("registry"), environment.listening("registry.submission.#") as received:
        caller = await a_maintainer(environment)
        async with environment.client("registry", caller) as client:
            one = await asked_for(client, await added(client))
            await environment.publish(a_scan(one))
            await reads(client, path_of(one), state="submitted")
            await environment.publish(second := a_scan(one, 3))
            async with environment.postgres("registry") as rows:

                async def kept() -> bool:
                    return bool(await rows.fetchval("SELECT pending_scan IS NOT NULL FROM authorisation"))

                await until(kept, what="the second scan")
            await environment.publish(
                a_case_event(CaseReturned, AUTHORISATION, one["authorisation_id"], 2, fields=("scan",))
            )
            again = await reads(client, path_of(one), state="submitted", submission=2)
            assert again["scan"]["document_id"] == str(second.document_id)
            events: list[SubmissionFiled] = await received_events(received, SubmissionFiled, 2)
            assert [event.submission for event in events] == [1, 2]
            assert events[1].attachments[0].document_id == second.document_id


async def test_a_failed_letter_and_an_outdated_scan_are_shown_with_their_reason(
    environment: Environment,
) -> None:
    async with environment.running("registry"):
        caller = await a_maintainer(environment)
        async with environment.client("registry", caller) as client:
            one = await asked_for(client, provider_id := await added(client))
            failed = LetterFailed(
                subject_id=one["authorisation_id"],
                subject_version=1,
                region="430302",
                letter_number=one["letter_number"],
                letter_version=1,
                characters="U+3FFFD",
            )
            await environment.publish(failed)

            async def problem_of(code: str) -> bool:
                seen = await answer_of(await client.get(path_of(one)), 200)
                return bool(seen["problem"] and seen["problem"]["code"] == code and seen["problem"]["next_zh"])

            await until(lambda: problem_of("letter-not-made"), what="the reason")
            change = {"version": one["version"], "scopes": ["nurse"], "provider_ids": [provider_id]}
            changed = await answer_of(await client.put(path_of(one), json=change), 200)
            assert changed["problem"] is None
            await environment.publish(a_scan(one, 2, letter_version=1))
            await until(lambda: problem_of("scan-outdated"), what="the reason")


async def test_an_authorisation_takes_effect_after_the_approval_of_it_and_its_account(
    environment: Environment,
) -> None:
    async with environment.running("registry"), environment.listening("registry.maintainers.#") as received:
        caller = await a_maintainer(environment)
        async with environment.client("registry", caller) as client:
            institution_id = await added(client)
            one = await asked_for(client, institution_id, scopes=("institution", "physician"))
            await environment.publish(a_scan(one))
            await reads(client, path_of(one), state="submitted")
            await environment.publish(a_case_event(CaseApproved, AUTHORISATION, one["authorisation_id"], 2))
            assert (await reads(client, path_of(one), state="approved"))["in_force"] is False
            change = {"version": 1, "values": {}}
            await answer_of(await client.put(f"/institutions/{institution_id}", json=change), 403)
            await environment.publish(a_case_event(CaseApproved, ACCOUNT, caller.account_id, 2))
            await reads(client, path_of(one), in_force=True)
            await answer_of(await client.put(f"/institutions/{institution_id}", json=change), 200)
            events: list[MaintainersChanged] = await received_events(received, MaintainersChanged, 1)
            assert (str(events[0].subject_id), events[0].provider_kind) == (institution_id, "institution")
            maintainer = Maintainer(account_id=caller.account_id, scopes=("institution", "physician"))
            assert events[0].maintainers == (maintainer,)
            closed = {"version": 9, "scopes": ["nurse"], "provider_ids": [institution_id]}
            refusal = await answer_of(await client.put(path_of(one), json=closed), 409)
            assert refusal["code"] == "authorisation-closed"


async def test_one_account_at_a_time_holds_the_institution_scope(environment: Environment) -> None:
    async with environment.running("registry"):
        first, second = await a_maintainer(environment), await a_maintainer(environment)
        async with environment.client("registry", first) as one, environment.client("registry", second) as other:
            institution_id = await added(one)
            early = await asked_for(other, institution_id, scopes=("institution", "nurse"))
            await authorised(environment, one, first, institution_id)
            refusal = await asked_for(other, institution_id, scopes=("institution",), status=409)
            assert refusal["code"] == "provider-scope-held"
            assert "湘潭市中心医院" in refusal["title"]
            await _approve(environment, other, second, early)
            seen = await reads(other, path_of(early), in_force=True)
            assert seen["held_by_others"] == [institution_id]
            await answer_of(await other.get(f"/institutions/{institution_id}"), 200)
            change = {"version": 1, "values": {}}
            await answer_of(await other.put(f"/institutions/{institution_id}", json=change), 403)


@pytest.mark.parametrize("kind", ["institution", "pharmacy"])
async def test_of_two_approved_at_once_one_gets_the_exclusive_scope(environment: Environment, kind: str) -> None:
    async with environment.running("registry"):
        callers = [await a_maintainer(environment) for _ in range(2)]
        async with (
            environment.client("registry", callers[0]) as one,
            environment.client("registry", callers[1]) as other,
        ):
            collection, values = {"institution": ("institutions", HOSPITAL), "pharmacy": ("pharmacies", STORE)}[
                kind
            ]
            provider = await answer_of(await one.post(f"/{collection}", json={"values": values}), 201)
            provider_id = provider["record_id"]
            request = [await asked_for(client, provider_id, scopes=(kind,)) for client in (one, other)]
            pairs = zip((one, other), callers, request, strict=True)
            await asyncio.gather(*(_approve(environment, client, caller, each) for client, caller, each in pairs))
            seen = [
                await answer_of(await client.get(path_of(each)), 200)
                for client, each in zip((one, other), request, strict=True)
            ]
            held = [each["held_by_others"] for each in seen]
            assert sorted(held) == [[], [provider_id]]
            async with environment.postgres("registry") as rows:
                holders = await rows.fetch("SELECT account_id FROM maintainer WHERE scope = $1", kind)
            assert [row["account_id"] for row in holders] == [callers[held.index([])].account_id]


async def _approve(
    environment: Environment, client: aiohttp.ClientSession, caller: Caller, one: dict[str, Any]
) -> None:
    await environment.publish(a_scan(one))
    await reads(client, path_of(one), state="submitted")
    await environment.publish(
        a_case_event(CaseApproved, ACCOUNT, caller.account_id, 2),
        a_case_event(CaseApproved, AUTHORISATION, one["authorisation_id"], 2),
    )
    await reads(client, path_of(one), state="approved", in_force=True)


async def test_only_its_account_and_the_nation_read_an_authorisation(environment: Environment) -> None:
    async with environment.running("registry"):
        caller = await a_maintainer(environment)
        async with environment.client("registry", caller) as client:
            one = await asked_for(client, institution_id := await added(client))
            unknown = await asked_for(client, one["authorisation_id"], status=422)
            assert unknown["errors"][0]["code"] == "no-such-provider"
            pharmacy = await asked_for(client, institution_id, scopes=("pharmacy",), status=422)
            assert pharmacy["errors"][0]["code"] == "no-such-provider"
        for who, status in (
            (a_caller(Role.MAINTAINER, "430302"), 404),
            (a_caller(Role.REVIEWER, "430000"), 404),
            (a_caller(Role.REVIEWER), 200),
        ):
            async with environment.client("registry", who) as client:
                await answer_of(await client.get(path_of(one)), status)
