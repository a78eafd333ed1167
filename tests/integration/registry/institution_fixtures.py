"""Steps of a maintainer with an institution: add, fill in, submit."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from shared.security.caller import Caller
from tests.environment import Environment
from tests.integration.registry.registry_fixtures import HOSPITAL, a_maintainer, a_receipt, answer_of, authorised
from tests.samples import DETAILS


async def added(client: aiohttp.ClientSession, **more: Any) -> dict[str, Any]:
    """A new institution."""
    return await answer_of(await client.post("/institutions", json=a_new(**more)), 201)


@asynccontextmanager
async def own_institution(
    environment: Environment,
) -> AsyncIterator[tuple[Caller, aiohttp.ClientSession, dict[str, Any], str]]:
    """A maintainer, their client, an institution that they added and are authorised for, and its path."""
    caller = await a_maintainer(environment)
    async with environment.client("registry", caller) as client:
        one = await added(client)
        await authorised(environment, client, caller, one["record_id"])
        yield caller, client, one, f"/institutions/{one['record_id']}"


def a_new(**more: Any) -> dict[str, Any]:
    """The body that adds an institution; each receipt has the name of its attachment."""
    attachments = {name: more.pop(name) for name in ("explanation", "uscc_certificate") if name in more}
    return {"values": {**HOSPITAL, **more}, "attachments": attachments}


async def filled_in(
    environment: Environment, client: aiohttp.ClientSession, caller: Caller, one: dict[str, Any]
) -> dict[str, Any]:
    """The institution with all that is required."""
    papers = {name: a_receipt(environment, caller, f"{name}.pdf") for name in ("certificate", "licence")}
    change = {"version": one["version"], "values": DETAILS, "attachments": papers}
    return await answer_of(await client.put(f"/institutions/{one['record_id']}", json=change), 200)


async def submitted(client: aiohttp.ClientSession, one: dict[str, Any]) -> dict[str, Any]:
    """The institution, filed."""
    path = f"/institutions/{one['record_id']}/submission"
    return await answer_of(await client.post(path, json={"version": one["version"]}), 200)


def code_of(answer: dict[str, Any]) -> dict[str, str]:
    """The codes of the refused fields."""
    return {one["field"]: one["code"] for one in answer["errors"]}
