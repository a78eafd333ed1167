"""Sign-in through the gateway with a real registry."""

import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from pydantic import SecretStr

from services.registry.bootstrap import bootstrap
from services.registry.composition import SERVICE as REGISTRY
from services.registry.settings import RegistrySettings
from shared.postgres.migrate import migrate
from tests.environment import Environment
from tests.integration.gateway.fakes import bearing, urls, visitor

PASSWORD = "a long passphrase of 1907"


@asynccontextmanager
async def platform(environment: Environment) -> AsyncIterator[aiohttp.ClientSession]:
    """The nation's first accounts, the registry and the gateway; gives a client of the gateway."""
    await migrate(environment.dsn("registry", owner=True), "registry", REGISTRY.migrations)
    secret = SecretStr(PASSWORD)
    values = environment.settings(
        "registry", bootstrap_reviewer_password=secret, bootstrap_maintainer_password=secret
    )
    await bootstrap(RegistrySettings(**values), "国家医疗保障局", "nation.reviewer", "nation.maintainer")
    gateway = environment.running(
        "gateway", budgets={"sign-in.pair": (50, 1), "sign-in.account": (50, 1)}, **urls(environment)
    )
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
