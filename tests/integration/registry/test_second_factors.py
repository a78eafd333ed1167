"""Second factors on real parts: each code once, nothing in clear, and enrolments that end."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import aiohttp
import pyotp
import pytest

from shared.contracts.registry.events import AccountAccessChanged
from shared.security.caller import Caller, Role
from tests.environment import Environment, a_caller, until
from tests.integration.registry.test_accounts import GATEWAY, PASSWORD, answer_of

ENROLMENT, OWN = "/accounts/current/second-factor/enrolment", "/accounts/current/second-factor"


@dataclass(frozen=True, slots=True)
class Enrolled:
    """An account with a second factor, the answers that showed its secrets, and clients."""

    caller: Caller
    secret: str
    recovery_codes: list[str]
    gateway: aiohttp.ClientSession
    own: aiohttp.ClientSession

    def code(self, steps: int = 0) -> str:
        """A code of the authenticator, whose clock is ahead by some steps."""
        return pyotp.TOTP(self.secret).at(time.time(), counter_offset=steps)

    async def signs_in(self, code: str | None, password: str = PASSWORD) -> tuple[int, dict[str, Any]]:
        """One attempt to sign in."""
        named = {"username": "city.reviewer", "password": password, "code": code}
        async with self.gateway.post("/internal/credentials", json=named) as answer:
            return answer.status, await answer.json()


async def opened(environment: Environment) -> Caller:
    """The account of a city's reviewer."""
    async with environment.client("registry", a_caller(Role.AGENCY)) as nation:
        unit = await answer_of(
            await nation.post("/units", json={"name": "湘潭市医疗保障局", "region": "430300"}), 201
        )
        form = {"username": "city.reviewer", "password": PASSWORD, "name": "审核员", "role": "reviewer"}
        account = await answer_of(await nation.post(f"/units/{unit['unit_id']}/accounts", json=form), 201)
    return a_caller(Role.REVIEWER, "430300", account_id=UUID(account["account_id"]), unit_id=UUID(unit["unit_id"]))


@asynccontextmanager
async def enrolled(environment: Environment) -> AsyncIterator[Enrolled]:
    """A city's reviewer who has confirmed with the code before the present one: two more follow at once."""
    async with environment.running("registry"):
        caller = await opened(environment)
        async with (
            environment.client("registry", GATEWAY) as gateway,
            environment.client("registry", caller) as own,
        ):
            started = await answer_of(await own.post(ENROLMENT, json={"password": PASSWORD}), 201)
            one = Enrolled(caller, started["secret"], [], gateway, own)
            shown = await answer_of(await own.post(OWN, json={"code": one.code(-1)}), 201)
            one.recovery_codes.extend(shown["recovery_codes"])
            yield one


async def test_of_one_code_at_many_gateways_at_once_one_signs_in(environment: Environment) -> None:
    async with enrolled(environment) as one:
        for code in (one.code(), one.recovery_codes[0]):
            answers = await asyncio.gather(*(one.signs_in(code) for _ in range(8)))
            assert sorted(status for status, _ in answers) == [200] + [401] * 7
            assert {body["code"] for status, body in answers if status == 401} == {"second-factor-wrong"}
        _, owner = await one.signs_in(one.code(1))
        assert owner["role"] == "reviewer"


async def test_a_code_voids_the_earlier_ones_and_the_confirming_one_signs_in_nobody(
    environment: Environment,
) -> None:
    async with enrolled(environment) as one:
        assert (await one.signs_in(one.code(-1)))[0] == 401
        assert (await one.signs_in(one.code(1)))[0] == 200
        assert (await one.signs_in(one.code(0)))[0] == 401


async def test_after_a_wrong_password_no_code_changes_the_answer_or_is_used_up(environment: Environment) -> None:
    async with enrolled(environment) as one:
        answers = [await one.signs_in(code, "certainly wrong") for code in (None, one.code(), "000000", "x" * 64)]
        assert {(status, body["code"]) for status, body in answers} == {(401, "credentials-wrong")}
        assert (await one.signs_in(None))[1]["code"] == "second-factor-required"
        assert (await one.signs_in(one.code()))[0] == 200


@pytest.mark.parametrize("code", ["", " ", "12345", "1234567", "٠٨١٨٠٤", "' OR 1=1 --", "\u202e123456", "😀" * 16])
async def test_a_code_of_another_form_is_refused(environment: Environment, code: str) -> None:
    async with enrolled(environment) as one:
        status, body = await one.signs_in(code)
        assert (status, body["code"]) == (401, "second-factor-wrong")


async def test_an_enrolment_is_confirmed_once_in_time_with_its_own_code(environment: Environment) -> None:
    async with environment.running("registry"):
        caller = await opened(environment)
        async with environment.client("registry", caller) as own, environment.postgres("registry") as postgres:

            async def refused(path: str, body: dict[str, Any], status: int) -> str:
                return str((await answer_of(await own.post(path, json=body), status))["code"])

            assert await refused(OWN, {"code": "123456"}, 409) == "second-factor-enrolment-over"
            assert await refused(ENROLMENT, {"password": "wrong"}, 403) == "present-password-wrong"
            first, second = [
                await answer_of(await own.post(ENROLMENT, json={"password": PASSWORD}), 201) for _ in range(2)
            ]
            assert first["secret"] != second["secret"]
            assert f"secret={second['secret']}" in second["uri"]
            assert second["uri"].startswith("otpauth://totp/Fuma:city.reviewer?")
            replaced = {"code": pyotp.TOTP(first["secret"]).now()}
            assert await refused(OWN, replaced, 403) == "second-factor-enrolment-code-wrong"
            for wrong in ({}, {"code": ""}, {"code": 123456}, {"code": "1" * 65}, {"code": "1", "more": 1}):
                assert await refused(OWN, wrong, 422) == "fields-refused"
            await postgres.execute("UPDATE second_factor_enrolment SET expires_at = now()")
            right = {"code": pyotp.TOTP(second["secret"]).now()}
            assert await refused(OWN, right, 409) == "second-factor-enrolment-over"
            await postgres.execute("UPDATE second_factor_enrolment SET expires_at = now() + interval '1 minute'")
            answers = await asyncio.gather(*(own.post(OWN, json=right) for _ in range(3)))
            assert sorted(answer.status for answer in answers) == [201, 409, 409]


async def test_another_device_takes_a_code_of_the_present_one(environment: Environment) -> None:
    async with enrolled(environment) as one:
        for code in (None, "000000", one.code(-1)):
            answer = await one.own.post(ENROLMENT, json={"password": PASSWORD, "code": code})
            assert (await answer_of(answer, 403))["code"] == "present-factor-required"
        form = {"password": PASSWORD, "code": one.recovery_codes[3].lower().replace("-", " ")}
        started = await answer_of(await one.own.post(ENROLMENT, json=form), 201)
        # Until it is confirmed the old device counts.
        assert (await one.signs_in(one.code()))[0] == 200
        new = pyotp.TOTP(started["secret"])
        shown = await answer_of(
            await one.own.post(OWN, json={"code": new.at(time.time(), counter_offset=-1)}), 201
        )
        assert (await one.signs_in(one.code(1)))[0] == 401
        assert (await one.signs_in(one.recovery_codes[0]))[0] == 401
        assert (await one.signs_in(new.now()))[0] == 200
        _, owner = await one.signs_in(shown["recovery_codes"][0])
        assert owner["recovery_codes_left"] == 9


async def test_no_secret_is_in_clear_in_any_table_or_event(environment: Environment) -> None:
    async with environment.listening() as received, enrolled(environment) as one:
        key = {"Idempotency-Key": "once"}
        form = {"password": PASSWORD, "code": one.recovery_codes[0]}
        again = await answer_of(await one.own.post(ENROLMENT, json=form, headers=key), 201)
        secrets = [one.secret, again["secret"], *one.recovery_codes]
        await until(lambda: _has(received, AccountAccessChanged.type), what="the event of the enrolment")
        async with environment.postgres("registry") as postgres:
            tables = await postgres.fetch(
                "SELECT table_name FROM information_schema.tables WHERE table_schema = 'registry'"
            )
            stored = [
                row["text"]
                for table in tables
                for row in await postgres.fetch(
                    f"SELECT to_jsonb(t)::text AS text FROM {table[0]} AS t LIMIT 5000"
                )
            ]
            actions = await postgres.fetch("SELECT action FROM audit WHERE subject_id = $1", one.caller.account_id)
        # Binary columns are shown as hexadecimal digits.
        forms = {form for one in secrets for form in (one, one.replace("-", ""), one.encode().hex())}
        assert any("recovery-code-used" in text for text in stored)
        assert [text for text in (*stored, str(received)) if any(form in text for form in forms)] == []
        assert [row["action"] for row in actions][1:] == [
            "account.second-factor.enrolment-started",
            "account.second-factor.enrolled",
            "account.second-factor.recovery-code-used",
            "account.second-factor.enrolment-started",
        ]


async def _has(received: list[tuple[str, dict[str, Any]]], kind: str) -> bool:
    return any(one == kind for one, _ in received)


async def test_a_reset_ends_sessions_once_and_leaves_no_enrolment(environment: Environment) -> None:
    async with enrolled(environment) as one:
        await answer_of(await one.own.post(ENROLMENT, json={"password": PASSWORD, "code": one.code()}), 201)
        (_, before), path = await one.signs_in(one.code(1)), f"/accounts/{one.caller.account_id}/second-factor"
        async with environment.client("registry", a_caller(Role.AGENCY, "430000")) as province:
            answers = await asyncio.gather(*(province.delete(path) for _ in range(3)))
            assert sorted(answer.status for answer in answers) == [204, 409, 409]
        status, after = await one.signs_in(None)
        assert (status, after["role"]) == (200, "reviewer")
        assert after["epoch"] == before["epoch"] + 1
        assert (await answer_of(await one.own.post(OWN, json={"code": "123456"}), 409))["code"].endswith("over")
