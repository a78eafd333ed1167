"""Accounts: registration, sign-in, submission, and the results of their reviews."""

import asyncio
from typing import Any
from uuid import UUID

import aiohttp
import asyncpg

from shared.clock import utc_now
from shared.contracts.registry.events import SubjectKind
from shared.contracts.review.events import CaseApproved, CaseMoved, CaseOpened, CaseReturned
from shared.identifiers.regions import Level
from shared.ids import new_id
from shared.security.caller import Caller, Role
from shared.security.receipts import Receipt, signed_receipt
from shared.security.tokens import Signer
from tests.environment import Environment, a_caller, until

ID_NUMBER, PHONE, PASSWORD = "430302190001010016", "13800000000", "correct horse battery"
GATEWAY = a_caller(Role.GATEWAY)


def a_form(**more: Any) -> dict[str, Any]:
    """A valid registration."""
    questions = [{"question": f"第{number}个问题？", "answer": f"答案 {number}"} for number in range(3)]
    return {
        "username": "zhang.san",
        "password": PASSWORD,
        "name": "张三",
        "id_number": ID_NUMBER,
        "phone": PHONE,
        "region": "430302",
        "security_questions": questions,
        **more,
    }


def holder_of(account: dict[str, Any]) -> Caller:
    """The caller of an account."""
    return Caller(
        account_id=UUID(account["account_id"]),
        name=account["name"],
        role=Role.MAINTAINER,
        region=account["region"],
    )


def receipts_for(environment: Environment, caller: Caller) -> dict[str, str]:
    """The receipts of the account's uploads."""
    signer = Signer(environment.secrets / "receipt.private.pem", "receipt")
    return {
        field: signed_receipt(
            signer,
            Receipt(document_id=new_id(), owner=caller.account_id, name=f"{field}.pdf", pages=1, sha256="0" * 64),
        )
        for field in ("id_card_front", "id_card_back", "certificate")
    }


async def answer_of(response: aiohttp.ClientResponse, status: int) -> dict[str, Any]:
    """The body of an answer that has this status."""
    body: dict[str, Any] = await response.json()
    assert response.status == status, body
    return body


async def registered(environment: Environment, **more: Any) -> dict[str, Any]:
    """A fresh account."""
    async with environment.client("registry") as anyone:
        return await answer_of(await anyone.post("/accounts", json=a_form(**more)), 201)


async def test_a_registered_account_signs_in_and_keeps_its_numbers_secret(environment: Environment) -> None:
    async with environment.running("registry"):
        account = await registered(environment)
        assert account["state"] == "draft"
        assert account["id_number_masked"] == "430*************16"
        async with environment.client("registry", GATEWAY) as gateway:
            named = {"username": "Zhang.SAN", "password": PASSWORD}
            holder = await answer_of(await gateway.post("/internal/credentials", json=named), 200)
            for wrong in ({**named, "password": "wrong"}, {**named, "username": "nobody"}):
                refusal = await answer_of(await gateway.post("/internal/credentials", json=wrong), 401)
                assert refusal["code"] == "credentials-wrong"
        assert holder == {
            "account_id": account["account_id"],
            "name": "张三",
            "role": "maintainer",
            "region": "430302",
            "unit_id": None,
            "reviewed": False,
            "epoch": 0,
            "recovery_codes_left": None,
        }
        async with environment.postgres("registry") as rows:
            await _assert_nothing_is_in_the_clear(rows)


async def _assert_nothing_is_in_the_clear(rows: asyncpg.Connection) -> None:
    for table in ("account", "security_question", "audit", "outbox", "idempotency"):
        for row in await rows.fetch(f"SELECT to_jsonb({table})::text AS text FROM {table}"):
            for secret in (ID_NUMBER, PHONE, PASSWORD, "答案 1"):
                assert secret not in row["text"]
                assert secret.encode().hex() not in row["text"]


async def test_credentials_are_checked_for_the_gateway_alone(environment: Environment) -> None:
    async with environment.running("registry"):
        named = {"username": "zhang.san", "password": PASSWORD}
        async with environment.client("registry") as anyone:
            await answer_of(await anyone.post("/internal/credentials", json=named), 401)
        async with environment.client("registry", a_caller(Role.REVIEWER)) as nation:
            await answer_of(await nation.post("/internal/credentials", json=named), 403)


async def test_anonymous_callers_with_one_idempotency_key_get_accounts_of_their_own(
    environment: Environment,
) -> None:
    """Each gets their own account; the same form with the same password again gets the account that it made."""
    async with environment.running("registry"), environment.client("registry") as anyone:
        headers = {"Idempotency-Key": "retry-1"}

        async def registered(**differing: str) -> Any:
            return await answer_of(await anyone.post("/accounts", json=a_form(**differing), headers=headers), 201)

        zhang, li = await registered(username="zhang.san"), await registered(username="li.si")
        assert (zhang["username"], li["username"]) == ("zhang.san", "li.si")
        assert zhang["account_id"] != li["account_id"]
        assert await registered(username="zhang.san") == zhang
        guessed = a_form(username="zhang.san", password="a guess at it, 12")
        await answer_of(await anyone.post("/accounts", json=guessed, headers=headers), 409)
        async with environment.postgres("registry") as rows:
            await _assert_nothing_is_in_the_clear(rows)


async def test_each_read_of_full_numbers_is_audited(environment: Environment) -> None:
    """A repeated read under one Idempotency-Key is audited again, and the numbers are not stored."""
    async with environment.running("registry"):
        async with environment.client("registry") as anyone:
            account = await answer_of(await anyone.post("/accounts", json=a_form()), 201)
        async with environment.client("registry", a_caller(Role.REVIEWER)) as nation:
            for _ in range(2):
                path = f"/accounts/{account['account_id']}/numbers"
                seen = await answer_of(await nation.get(path, headers={"Idempotency-Key": "k"}), 200)
                assert seen["id_number"] == ID_NUMBER
        async with environment.postgres("registry") as rows:
            looks = "SELECT count(*) FROM audit WHERE subject_id = $1 AND after ? 'by'"
            assert await rows.fetchval(looks, UUID(account["account_id"])) == 2
            await _assert_nothing_is_in_the_clear(rows)


async def test_a_username_is_registered_once_also_concurrently(environment: Environment) -> None:
    async with environment.running("registry"), environment.client("registry") as anyone:
        names = ["zhang.san", "ZHANG.SAN", "zhang.san"]
        answers = await asyncio.gather(*(anyone.post("/accounts", json=a_form(username=name)) for name in names))
        assert sorted(answer.status for answer in answers) == [201, 409, 409]
        refusals = [await answer.json() for answer in answers if answer.status == 409]
        assert {one["code"] for one in refusals} == {"username-taken"}


async def test_the_same_registration_twice_is_one_account(environment: Environment) -> None:
    async with environment.running("registry"), environment.client("registry") as anyone:
        key = {"Idempotency-Key": "one click too many"}
        answers = [await anyone.post("/accounts", json=a_form(), headers=key) for _ in range(2)]
        bodies = [await answer_of(answer, 201) for answer in answers]
        assert bodies[0] == bodies[1]


async def test_every_wrong_field_of_a_registration_is_named_at_once(environment: Environment) -> None:
    async with environment.running("registry"), environment.client("registry") as anyone:
        bad = a_form(password="zhang.san-2026", id_number="430302190001010017", security_questions=[])
        refusal = await answer_of(await anyone.post("/accounts", json=bad), 422)
        assert {one["field"] for one in refusal["errors"]} == {"password", "id_number", "security_questions"}
        refusal = await answer_of(await anyone.post("/accounts", json=a_form(region="439999")), 422)
        assert [one["code"] for one in refusal["errors"]] == ["region-unknown"]


async def test_a_submitted_account_is_published_once_and_locked(environment: Environment) -> None:
    async with environment.running("registry"), environment.listening("registry.#") as received:
        account = await registered(environment)
        caller = holder_of(account)
        papers = receipts_for(environment, caller)
        async with environment.client("registry", caller) as person:
            filed = await answer_of(await person.post("/accounts/current/submission", json=papers), 200)
            assert (filed["state"], filed["submission"]) == ("submitted", 1)
            again = await answer_of(await person.post("/accounts/current/submission", json=papers), 409)
            assert again["code"] == "account-under-review"
            amended = {**_person(a_form()), "version": filed["version"]}
            assert (await answer_of(await person.put("/accounts/current", json=amended), 409))["code"] == (
                "account-under-review"
            )

        async def published() -> Any:
            return received

        [(kind, data)] = await until(published, what="the filing")
    assert kind == "registry.submission.filed.v1"
    assert (data["kind"], data["nation_only"], data["submission"]) == ("account", True, 1)
    assert [one["field"] for one in data["attachments"]] == ["id_card_front", "id_card_back", "certificate"]
    assert data["values"]["id_number"] == "430*************16"
    assert ID_NUMBER not in str(data)
    assert PHONE not in str(data)


async def test_receipts_of_another_account_are_refused_field_by_field(environment: Environment) -> None:
    async with environment.running("registry"):
        caller = holder_of(await registered(environment))
        unrelated = holder_of(await registered(environment, username="li.si"))
        papers = receipts_for(environment, caller) | {
            "certificate": receipts_for(environment, unrelated)["certificate"]
        }
        async with environment.client("registry", caller) as person:
            refusal = await answer_of(await person.post("/accounts/current/submission", json=papers), 422)
        assert [(one["field"], one["code"]) for one in refusal["errors"]] == [("certificate", "receipt-refused")]


def _person(form: dict[str, Any]) -> dict[str, Any]:
    return {name: form[name] for name in ("name", "id_number", "phone", "region")}


def a_case_event(event: type[Any], account: dict[str, Any], version: int, submission: int = 1) -> Any:
    """Review's event about an account's case."""
    more = {"upward": True} if event is CaseMoved else {"fields": ("name",)} if event is CaseReturned else {}
    return event(
        subject_id=UUID(account["account_id"]),
        subject_version=version,
        region=account["region"],
        case_id=new_id(),
        kind=SubjectKind.ACCOUNT,
        submission=submission,
        happened_at=utc_now(),
        unit_id=new_id(),
        unit_name="国家医疗保障局",
        level=Level.NATION,
        **more,
    )


async def test_a_returned_account_is_corrected_and_submitted_again_and_older_events_change_nothing(
    environment: Environment,
) -> None:
    async with environment.running("registry"):
        account = await registered(environment, name="张山")
        caller = holder_of(account)
        async with environment.client("registry", caller) as person:

            async def now(state: str, **more: Any) -> dict[str, Any]:
                async def look() -> dict[str, Any] | None:
                    view = await answer_of(await person.get("/accounts/current"), 200)
                    return view if {"state": state, **more}.items() <= view.items() else None

                view: dict[str, Any] = await until(look, what=f"account {state}")
                return view

            await person.post("/accounts/current/submission", json=receipts_for(environment, caller))
            await environment.publish(a_case_event(CaseOpened, account, 1))
            await now("submitted", level="nation", unit_name="国家医疗保障局")
            await environment.publish(a_case_event(CaseReturned, account, 2))
            returned = await now("returned", level=None)

            stale = {**_person(a_form()), "version": returned["version"] - 1}
            refusal = await answer_of(await person.put("/accounts/current", json=stale), 409)
            assert refusal["code"] == "changed-meanwhile"
            corrected = {**_person(a_form()), "version": returned["version"]}
            assert (await answer_of(await person.put("/accounts/current", json=corrected), 200))["name"] == "张三"

            await person.post("/accounts/current/submission", json=receipts_for(environment, caller))
            await environment.publish(a_case_event(CaseReturned, account, 9, submission=1))
            await environment.publish(a_case_event(CaseMoved, account, 2, submission=2))
            await now("submitted", submission=2, level="nation")
            await environment.publish(a_case_event(CaseApproved, account, 3, submission=2))
            await environment.publish(a_case_event(CaseOpened, account, 1, submission=2))
            approved = await now("approved", submission=2)
            filed = await person.post("/accounts/current/submission", json=receipts_for(environment, caller))
            assert (await answer_of(filed, 409))["code"] == "account-in-force"
        async with environment.postgres("registry") as rows:
            actions = await rows.fetch(
                "SELECT action FROM audit WHERE subject_id = $1 ORDER BY entry", caller.account_id
            )
        assert [row["action"] for row in actions] == [
            "account.registered",
            "account.submitted",
            "account.returned",
            "account.amended",
            "account.submitted",
            "account.approved",
        ]
        assert approved["level"] is None


async def test_only_the_nations_reviewer_reads_full_numbers_and_each_read_is_audited(
    environment: Environment,
) -> None:
    async with environment.running("registry"):
        account = await registered(environment)
        path = f"/accounts/{account['account_id']}/numbers"
        async with environment.client("registry", a_caller(Role.REVIEWER, "430000")) as province:
            await answer_of(await province.get(path), 404)
        async with environment.client("registry", holder_of(account)) as person:
            await answer_of(await person.get(path), 403)
        nation = a_caller(Role.REVIEWER)
        async with environment.client("registry", nation) as reviewer:
            seen = await answer_of(await reviewer.get(path), 200)
        assert seen == {"id_number": ID_NUMBER, "phone": PHONE}
        async with environment.postgres("registry") as rows:
            looks = await rows.fetch("SELECT actor FROM audit WHERE action = 'account.numbers.read'")
        assert [row["actor"] for row in looks] == [str(nation.account_id)]


async def sign_in_status(environment: Environment, username: str, password: str) -> int:
    """The status that the gateway gets for a username and password."""
    async with environment.client("registry", GATEWAY) as gateway:
        given = {"username": username, "password": password}
        async with gateway.post("/internal/credentials", json=given) as answer:
            return answer.status


async def test_a_changed_password_begins_a_new_epoch(environment: Environment) -> None:
    new = "a-better-Password-7"
    async with environment.listening("registry.account.#") as received, environment.running("registry"):
        account = await registered(environment)
        async with environment.client("registry", holder_of(account)) as owner:
            path = "/accounts/current/password"
            refusals = {
                "password-wrong": ({"present": "not-this-one-1", "new": new}, 403),
                "fields-refused": ({"present": PASSWORD, "new": "short"}, 422),
            }
            for code, (body, status) in refusals.items():
                assert (await answer_of(await owner.put(path, json=body), status))["code"] == code
            named = {"present": PASSWORD, "new": f"{account['username']}-and-more"}
            assert (await answer_of(await owner.put(path, json=named), 422))["code"] == "fields-refused"
            assert received == []
            changes = [owner.put(path, json={"present": PASSWORD, "new": f"{new}{number}"}) for number in range(2)]
            assert sorted([answer.status for answer in await asyncio.gather(*changes)]) == [204, 403]
        await until(lambda: _is(received), what="the event")
        event_type, data = received[0]
        assert event_type == "registry.account.access-changed.v1"
        assert (data["epoch"], data["closed"], data["reviewed"]) == (1, False, False)
        statuses = [
            await sign_in_status(environment, account["username"], f"{new}{number}") for number in range(2)
        ]
        assert sorted(statuses) == [200, 401]
        assert await sign_in_status(environment, account["username"], PASSWORD) == 401
        async with environment.postgres("registry") as rows:
            await _assert_nothing_is_in_the_clear(rows)
            assert await rows.fetchval("SELECT count(*) FROM audit WHERE action = 'account.password.changed'") == 1


async def _is(thing: Any) -> Any:
    return thing


async def test_an_approval_is_published_for_sessions(environment: Environment) -> None:
    async with environment.listening("registry.account.#") as received, environment.running("registry"):
        account = await registered(environment)
        async with environment.client("registry", holder_of(account)) as owner:
            papers = receipts_for(environment, holder_of(account))
            await answer_of(await owner.post("/accounts/current/submission", json=papers), 200)
        await environment.publish(a_case_event(CaseApproved, account, 1))
        await until(lambda: _is(received), what="the event")
        assert (received[0][1]["epoch"], received[0][1]["reviewed"]) == (0, True)


async def test_a_closed_account_does_not_sign_in(environment: Environment) -> None:
    async with environment.running("registry"):
        account = await registered(environment)
        async with environment.postgres("registry") as rows:
            await rows.execute("UPDATE account SET closed = true")
        assert await sign_in_status(environment, account["username"], PASSWORD) == 403
        # A caller without the password does not learn that the account is closed.
        assert await sign_in_status(environment, account["username"], "wrong") == 401
