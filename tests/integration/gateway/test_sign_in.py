"""Sign-in through the gateway with a real registry."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pyotp
from pydantic import SecretStr

from deploy.laptop.stack.ports import free_port
from services.registry.bootstrap import bootstrap
from services.registry.composition import SERVICE as REGISTRY
from services.registry.settings import RegistrySettings
from shared.postgres.migrate import migrate
from tests.environment import Environment
from tests.integration.gateway.fakes import bearing, urls, visitor

PASSWORD = "a long passphrase of 1907"


BUDGETS = {"sign-in.pair": (50, 1), "sign-in.account": (50, 1)}


@asynccontextmanager
async def platform(environment: Environment, **budgets: tuple[int, float]) -> AsyncIterator[aiohttp.ClientSession]:
    """The nation's first accounts, the registry and the gateway; gives a client of the gateway."""
    await migrate(environment.dsn("registry", owner=True), "registry", REGISTRY.migrations)
    secret = SecretStr(PASSWORD)
    values = environment.settings(
        "registry", bootstrap_reviewer_password=secret, bootstrap_maintainer_password=secret
    )
    await bootstrap(RegistrySettings(**values), "国家医疗保障局", "nation.reviewer", "nation.maintainer")
    gateway = environment.running("gateway", budgets=budgets or BUDGETS, **urls(environment))
    async with environment.running("registry"), gateway, visitor(environment) as client:
        yield client


async def test_the_nations_reviewer_signs_in_and_reads(environment: Environment) -> None:
    async with platform(environment) as client:
        body = {"username": "nation.reviewer", "password": PASSWORD}
        async with client.post("/api/v1/sessions", json=body) as answer:
            assert answer.status == 201, await answer.text()
            opened = await answer.json()
        assert opened["account"]["role"] == "reviewer"
        assert opened["account"]["region"] == "100000"
        async with client.get("/api/v1/units", headers=bearing(opened["token"])) as answer:
            assert answer.status == 200
            assert (await answer.json())["items"][0]["name"] == "国家医疗保障局"
        async with client.get("/api/v1/units") as answer:
            assert answer.status == 401


async def test_an_unknown_name_and_a_wrong_password_get_the_same_answer_in_the_same_time(
    environment: Environment,
) -> None:
    async with platform(environment) as client:
        answers, times = {}, {}
        for username in ("nation.reviewer", "nobody.knows"):
            took = []
            for _ in range(7):
                began = time.perf_counter()
                body = {"username": username, "password": "certainly wrong"}
                async with client.post("/api/v1/sessions", json=body) as answer:
                    problem = await answer.json()
                    took.append(time.perf_counter() - began)
                    assert answer.status == 401
            answers[username] = {name: value for name, value in problem.items() if name != "correlation_id"}
            times[username] = statistics.median(took)
    assert answers["nation.reviewer"] == answers["nobody.knows"]
    assert answers["nobody.knows"]["code"] == "credentials-wrong"
    # Hashing takes tens of milliseconds; an answer without it would come many times sooner.
    assert 0.4 < times["nation.reviewer"] / times["nobody.knows"] < 2.5


async def attempt(client: aiohttp.ClientSession, code: str | None = None) -> tuple[int, dict[str, Any]]:
    """The nation's reviewer attempts to sign in."""
    body = {"username": "nation.reviewer", "password": PASSWORD, "code": code}
    async with client.post("/api/v1/sessions", json=body) as answer:
        return answer.status, await answer.json()


async def enrolled(client: aiohttp.ClientSession) -> pyotp.TOTP:
    """The authenticator of the nation's reviewer; it was confirmed with the code before its present one."""
    _, session = await attempt(client)
    own, headers = "/api/v1/accounts/current/second-factor", bearing(session["token"])
    async with client.post(f"{own}/enrolment", json={"password": PASSWORD}, headers=headers) as answer:
        assert answer.status == 201
        authenticator = pyotp.TOTP((await answer.json())["secret"])
    async with client.post(own, json={"code": shown(authenticator, -1)}, headers=headers) as answer:
        assert answer.status == 201
    return authenticator


def shown(authenticator: pyotp.TOTP, steps: int = 0) -> str:
    """What the authenticator shows some steps ahead."""
    return authenticator.at(time.time(), counter_offset=steps)


async def test_a_code_opens_one_session_at_two_gateways_in_the_same_instant(environment: Environment) -> None:
    port = free_port()
    async with (
        platform(environment) as client,
        environment.running("gateway", http_port=port, **urls(environment)),
        aiohttp.ClientSession(f"http://127.0.0.1:{port}") as other,
    ):
        authenticator = await enrolled(client)
        code = shown(authenticator)
        answers = await asyncio.gather(*(attempt(each, code) for each in (client, other, client, other)))
        assert sorted(status for status, _ in answers) == [201, 401, 401, 401]


async def test_guessed_codes_are_throttled_as_passwords_are_and_a_missing_one_costs_nothing(
    environment: Environment,
) -> None:
    budgets = {"sign-in.pair": (3, 1000.0), "sign-in.account": (4, 1000.0), "sign-in.address": (5, 1000.0)}
    async with platform(environment, **budgets) as client:
        authenticator = await enrolled(client)
        for _ in range(6):
            status, problem = await attempt(client)
            assert (status, problem["code"]) == (401, "second-factor-required")
        right = shown(authenticator)
        guess = "000000" if right != "000000" else "111111"
        for _ in range(3):
            status, problem = await attempt(client, guess)
            assert (status, problem["code"]) == (401, "second-factor-wrong")
        for code in (guess, right):
            status, problem = await attempt(client, code)
            assert (status, problem["code"]) == (429, "sign-in-throttled")
