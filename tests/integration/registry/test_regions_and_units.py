"""Regions, units and the nation's first accounts, in the database and over HTTP."""

import asyncio
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp

from services.registry.regions.loading import load, regions_of_file
from shared.postgres.pool import connected
from shared.postgres.transaction import UnitOfWork
from shared.security.caller import Caller, Role
from tests.environment import Environment, a_caller, until

PASSWORD = "correct horse battery"
PASSWORDS = {f"FUMA_BOOTSTRAP_{role}_PASSWORD": PASSWORD for role in ("REVIEWER", "MAINTAINER")}


async def answer_of(response: aiohttp.ClientResponse, status: int) -> dict[str, Any]:
    """The body of an answer that has this status."""
    body: dict[str, Any] = await response.json()
    assert response.status == status, body
    return body


async def test_regions_are_read_downward_from_the_provinces(environment: Environment) -> None:
    async with environment.running("registry"), environment.client("registry") as anyone:
        provinces = (await answer_of(await anyone.get("/regions"), 200))["items"]
        assert {"110000", "430000", "660000"} <= {one["code"] for one in provinces}
        assert {one["level"] for one in provinces} == {"province"}
        children = (await answer_of(await anyone.get("/regions", params={"parent": "430300"}), 200))["items"]
        own_level = next(one for one in children if one["code"] == "430399")
        assert own_level["name"] == "湘潭市市本级"
        assert own_level["insurance_only"]
        assert (await answer_of(await anyone.get("/regions/430302"), 200))["name"] == "雨湖区"
        await answer_of(await anyone.get("/regions/439999"), 404)
        await answer_of(await anyone.get("/regions", params={"parent": "43"}), 422)


async def test_a_new_edition_replaces_the_old_one_and_retires_what_is_gone(
    environment: Environment, tmp_path: Path
) -> None:
    async with environment.running("registry"), connected(environment.dsn("registry"), "registry", 4) as pool:
        work = UnitOfWork(pool)
        assert not await load(work), "the service has loaded this edition at its start"
        edition = tmp_path / "divisions.csv"
        edition.write_text(
            "code,name,level,parent\n430000,湖南省,province,\n430300,湘潭新市,city,430000\n", "utf-8"
        )
        changed = await asyncio.gather(*(load(work, edition) for _ in range(4)))
        assert sorted(changed) == [False, False, False, True]
        async with environment.client("registry") as anyone:
            assert (await answer_of(await anyone.get("/regions/430300"), 200))["name"] == "湘潭新市"
            await answer_of(await anyone.get("/regions/430302"), 404)
        async with environment.postgres("registry") as rows:
            assert await rows.fetchval("SELECT count(*) FROM region") == len(regions_of_file())
        assert await load(work), "going back to an edition loads it again"


async def test_units_are_registered_from_above_once_for_each_region(environment: Environment) -> None:
    async with environment.running("registry"), environment.listening("registry.unit.#") as received:
        unit = {"name": "湘潭市医疗保障局", "region": "430300"}
        async with environment.client("registry", a_caller(Role.AGENCY)) as nation:
            answers = await asyncio.gather(*(nation.post("/units", json=unit) for _ in range(3)))
            assert sorted(answer.status for answer in answers) == [201, 409, 409]
            refusal = next(answer for answer in answers if answer.status == 409)
            assert (await refusal.json())["code"] == "unit-exists"
            own_level = await nation.post("/units", json={**unit, "region": "430399"})
            assert (await answer_of(own_level, 422))["errors"][0]["code"] == "region-not-a-seat"
        async with environment.client("registry", a_caller(Role.AGENCY, "430300")) as city:
            below = await answer_of(await city.post("/units", json={"name": "雨湖区局", "region": "430302"}), 201)
            assert below["level"] == "county"
            beside = await city.post("/units", json={"name": "衡阳市局", "region": "430400"})
            assert (await answer_of(beside, 403))["code"] == "unit-beyond-region"
        async with environment.client("registry", a_caller(Role.REVIEWER)) as reviewer:
            await answer_of(await reviewer.post("/units", json=unit), 403)

        async def both() -> Any:
            return len(received) == 2

        await until(both, what="two units")
    assert {(kind, data["region"], data["level"]) for kind, data in received} == {
        ("registry.unit.registered.v1", "430300", "city"),
        ("registry.unit.registered.v1", "430302", "county"),
    }


async def test_units_are_found_by_region_and_name_page_by_page(environment: Environment) -> None:
    async with environment.running("registry"), environment.client("registry", a_caller(Role.AGENCY)) as nation:
        for region, name in (
            ("430000", "湖南省局"),
            ("430300", "湘潭市局"),
            ("430302", "雨湖区局"),
            ("320000", "江苏省局"),
        ):
            await answer_of(await nation.post("/units", json={"name": name, "region": region}), 201)
        found, after = [], None
        while True:
            query = {"region": "430000", "limit": "2"} | ({"after": after} if after else {})
            page = await answer_of(await nation.get("/units", params=query), 200)
            found += [one["region"] for one in page["items"]]
            after = page["next"]
            if after is None:
                break
        assert found == ["430000", "430300", "430302"]
        for words in ("省局", "局 省", " 省 局 "):
            page = await answer_of(await nation.get("/units", params={"name": words}), 200)
            assert [one["region"] for one in page["items"]] == ["320000", "430000"], words


async def test_a_units_name_is_searched_as_every_name_is(environment: Environment) -> None:
    async with environment.running("registry"), environment.client("registry", a_caller(Role.AGENCY)) as nation:
        unit = {"name": "湘潭市医疗保障局（Ｏ１０）", "region": "430300"}
        await answer_of(await nation.post("/units", json=unit), 201)
        for words in ("医保局", "湘潭 医疗保障", "保障局(010)", "局o1", "湘 潭 局"):
            page = await answer_of(await nation.get("/units", params={"name": words}), 200)
            assert len(page["items"]) == (words != "医保局"), words


async def test_bootstrap_makes_the_nations_unit_and_accounts_once(environment: Environment) -> None:
    async with environment.running("registry"):
        for _ in range(2):
            assert await _bootstrap(environment, PASSWORDS) == 0
        async with environment.postgres("registry") as rows:
            assert await rows.fetchval("SELECT count(*) FROM unit") == 1
            assert await rows.fetchval("SELECT count(*) FROM account") == 2
        async with environment.client("registry", a_caller(Role.GATEWAY)) as gateway:
            named = {"username": "nation.maintainer", "password": PASSWORD}
            holder = await answer_of(await gateway.post("/internal/credentials", json=named), 200)
        assert (holder["role"], holder["region"]) == ("agency", "100000")
        caller = Caller(**{**holder, "account_id": UUID(holder["account_id"]), "unit_id": UUID(holder["unit_id"])})
        await _the_nation_equips_a_city(environment, caller)


async def test_bootstrap_without_a_password_says_what_is_missing(environment: Environment) -> None:
    async with environment.running("registry"):
        assert await _bootstrap(environment, {"FUMA_BOOTSTRAP_REVIEWER_PASSWORD": "short"}) == 2
        async with environment.postgres("registry") as rows:
            assert await rows.fetchval("SELECT count(*) FROM account") == 0


async def _bootstrap(environment: Environment, passwords: dict[str, str]) -> int:
    names = ("--unit-name", "国家医疗保障局", "--reviewer", "nation.reviewer", "--maintainer", "nation.maintainer")
    values = {f"FUMA_{name.upper()}": str(value) for name, value in environment.settings("registry").items()}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.registry",
        "bootstrap",
        *names,
        env=values | passwords,
        cwd=Path(__file__).parents[3],
        stderr=asyncio.subprocess.DEVNULL,
    )
    return await process.wait()


async def _the_nation_equips_a_city(environment: Environment, nation: Caller) -> None:
    async with environment.client("registry", nation) as maintainer:
        city = await answer_of(await maintainer.post("/units", json={"name": "湘潭市局", "region": "430300"}), 201)
        opened = {"username": "xt.reviewer", "password": PASSWORD, "name": "湘潭审核员", "role": "reviewer"}
        path = f"/units/{city['unit_id']}/accounts"
        account = await answer_of(await maintainer.post(path, json=opened), 201)
        assert (account["state"], account["region"], account["unit_id"]) == ("approved", "430300", city["unit_id"])
        again = await maintainer.post(path, json={**opened, "username": "XT.Reviewer"})
        assert (await answer_of(again, 409))["code"] == "username-taken"
        wrong = await maintainer.post(path, json={**opened, "role": "maintainer"})
        await answer_of(wrong, 422)
    async with environment.client("registry", a_caller(Role.AGENCY, "430400")) as another_city:
        refusal = await another_city.post(path, json={**opened, "username": "xt.second"})
        assert (await answer_of(refusal, 403))["code"] == "unit-beyond-region"
