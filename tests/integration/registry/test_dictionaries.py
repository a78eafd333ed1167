"""Dictionaries that change while several replicas of the registry run."""

import asyncio
from datetime import date, timedelta
from typing import Any

import aiohttp
import pytest

from deploy.laptop.stack.ports import free_port
from shared.clock import china_today, utc_now
from shared.security.caller import Role
from tests.environment import Environment, a_caller
from tests.integration.registry.registry_fixtures import answer_of

PATH = "/dictionaries/professional_title"
ENTRY = {"code": "266", "name": "见习技师"}


async def add(client: aiohttp.ClientSession, status: int = 201, path: str = PATH, **more: Any) -> dict[str, Any]:
    """The answer to an entry that is added."""
    return await answer_of(await client.post(f"{path}/entries", json={**ENTRY, **more}), status)


async def retire(
    client: aiohttp.ClientSession, day: date, status: int = 200, code: str = "266", path: str = PATH
) -> dict[str, Any]:
    """The answer to the retirement of an entry."""
    body = {"retired_from": day.isoformat()}
    return await answer_of(await client.put(f"{path}/entries/{code}/retirement", json=body), status)


def codes(problem: dict[str, Any]) -> dict[str, str]:
    """The wrong fields with their codes."""
    return {each["field"]: each["code"] for each in problem["errors"]}


async def test_every_replica_has_a_change_at_once_and_it_survives_a_restart(environment: Environment) -> None:
    caller, port = a_caller(Role.AGENCY), free_port()
    headers = {"Authorization": f"Bearer {environment.token(caller, 'registry')}"}
    async with (
        environment.running("registry"),
        environment.client("registry", caller) as nation,
        environment.running("registry", http_port=port),
        aiohttp.ClientSession(f"http://127.0.0.1:{port}", headers=headers) as other,
    ):
        before = await answer_of(await other.get(PATH), 200)
        assert (before["edition"], before["revision"]) == ("2026-11", 0)
        after = await add(nation)
        assert await answer_of(await other.get(PATH), 200) == after
        assert (after["edition"], after["revision"]) == ("2026-11", 1)
        assert after["entries"][:-1] == before["entries"]
        # Both replicas are asked for one code at once: it has one meaning.
        answers = await asyncio.gather(
            *(each.post(f"{PATH}/entries", json={"code": "267", "name": name})
              for each in (nation, other) for name in ("甲", "乙"))
        )  # fmt: skip
        assert sorted(each.status for each in answers) == [201, 409, 409, 409]
    async with environment.running("registry"), environment.client("registry") as anyone:
        found = await answer_of(await anyone.get(PATH), 200)
        assert found["revision"] == 2
        assert [each["code"] for each in found["entries"]][-2:] == ["266", "267"]


async def test_what_cannot_be_added_or_retired_is_refused_and_nothing_is_stored(environment: Environment) -> None:
    today = china_today(utc_now())
    async with environment.running("registry"), environment.client("registry", a_caller(Role.AGENCY)) as nation:
        wrong = {"code": "<b>", "name": "技\u202e师", "name_en": "字" * 201, "valid_from": "0001-01-01"}
        assert codes(await add(nation, 422, **wrong)) == {
            "code": "dictionary-code",
            "name": "reordering-character",
            "name_en": "too-long",
            "valid_from": "effective-in-the-past",
        }
        assert codes(await add(nation, 422, code="", name="")) == {"code": "dictionary-code", "name": "name-empty"}
        for bad in ({"name": "字" * 100_000}, {"code": 1}, {"valid_from": "2026-02-30"}, {"more": "x"}):
            await add(nation, 422, **bad)
        assert (await add(nation, 409, code="233"))["code"] == "dictionary-entry-exists"
        assert (await add(nation, 409, name="主治 医师"))["code"] == "dictionary-entry-exists"
        for fixed in ("division", "scope"):
            path = f"/dictionaries/{fixed}"
            assert (await add(nation, 409, path=path))["code"] == "dictionary-fixed"
        await add(nation, 404, path="/dictionaries/no-such")
        await add(nation, 404, path="/dictionaries/%00")
        await retire(nation, today, 404)
        await retire(nation, today, 404, code="%00")
        in_the_past = await retire(nation, today - timedelta(days=1), 422, code="233")
        assert codes(in_the_past) == {"retired_from": "effective-in-the-past"}
        assert (await answer_of(await nation.get(PATH), 200))["revision"] == 0
        assert await answer_of(await nation.get(f"{PATH}/changes"), 200) == {"items": []}


async def test_an_entry_is_valid_from_its_first_day_to_its_last(environment: Environment) -> None:
    today = china_today(utc_now())
    async with environment.running("registry"), environment.client("registry", a_caller(Role.REVIEWER)) as nation:
        first, later = today + timedelta(days=30), today + timedelta(days=60)
        await add(nation, valid_from=first.isoformat())
        await retire(nation, later)
        # What is planned can be moved; what has ended cannot.
        await retire(nation, today)
        found = await retire(nation, today, 409)
        assert found["code"] == "dictionary-entry-retired"
        dictionary = await answer_of(await nation.get(PATH), 200)
        assert dictionary["entries"][-1] == {
            **ENTRY,
            "name_en": "",
            "valid_from": first.isoformat(),
            "valid_until": (today - timedelta(days=1)).isoformat(),
        }
        history = (await answer_of(await nation.get(f"{PATH}/changes"), 200))["items"]
        assert [one["revision"] for one in history] == [3, 2, 1]
        # The name of what has ended is free again, its code is not.
        assert (await add(nation, 409))["code"] == "dictionary-entry-exists"
        await add(nation, code="268")


@pytest.mark.parametrize("caller", [a_caller(Role.MAINTAINER), a_caller(Role.AGENCY, "430000")])
async def test_only_the_nations_unit_changes_dictionaries(environment: Environment, caller: Any) -> None:
    async with environment.running("registry"), environment.client("registry", caller) as somebody:
        await add(somebody, 403)
        await retire(somebody, china_today(utc_now()), 403, code="233")
        assert (await answer_of(await somebody.get(PATH), 200))["revision"] == 0
