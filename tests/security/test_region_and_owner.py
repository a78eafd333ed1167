"""Callers of a wrong region or a wrong owner get 404 from each service.

The tests call every endpoint with a record in its path, with the right role but a wrong region or owner. A new
endpoint needs a body in its service's sample records, or the test fails.
"""

from typing import Any
from uuid import UUID

import aiohttp
import pytest

from shared.security.caller import Role
from shared.web.routes import Endpoint
from tests.environment import a_caller
from tests.security.conftest import WatchedEnvironment
from tests.security.sample_records import SCENES, Scene, unrelated_callers

# Units are public: a caller who may not open accounts there gets 403, not 404.
# What a unit demands is no secret.
OTHER_STATUSES = {"POST /units/{unit_id}/accounts": 403, "GET /demands/{demand_id}/versions": 200}


def named(endpoint: Endpoint) -> str:
    """The endpoint's name in the tables: method and path."""
    return f"{endpoint.method} {endpoint.path}"


def names_a_record(endpoint: Endpoint) -> bool:
    """Whether the path contains the id of a record."""
    return any(endpoint.wants.get(name) is UUID for name in endpoint.parameters)


def request_of(scene: Scene, endpoint: Endpoint) -> dict[str, Any]:
    """A valid request."""
    body = None if endpoint.method == "GET" else scene.bodies[named(endpoint)]
    wants_version = endpoint.method == "DELETE" and "query" in endpoint.wants
    query = {"version": "1"} if wants_version else {}
    if isinstance(body, bytes):
        return {"data": body, "headers": {"Content-Type": "application/pdf"}}
    return {"params": query} if body is None else {"json": body}


async def status_of(client: aiohttp.ClientSession, scene: Scene, endpoint: Endpoint) -> int:
    """The status of the answer to a request for the sample record."""
    path = scene.path_to(endpoint)
    async with client.request(endpoint.method, path, **request_of(scene, endpoint)) as answer:
        await answer.read()
        return answer.status


@pytest.mark.parametrize("service", SCENES)
async def test_callers_of_another_region_or_account_get_404(watched: WatchedEnvironment, service: str) -> None:
    async with SCENES[service](watched) as scene:
        records = [endpoint for endpoint in watched.endpoints if names_a_record(endpoint)]
        assert len(records) > 2
        wrong = []
        for endpoint in records:
            for caller in [each for role in endpoint.roles for each in unrelated_callers(role)]:
                async with watched.client(service, caller) as client:
                    status = await status_of(client, scene, endpoint)
                if status != OTHER_STATUSES.get(named(endpoint), 404):
                    wrong.append((named(endpoint), caller.role, caller.region, status))
        assert wrong == []
        # The record is there, and for those whose business it is: without this all of the above were idle.
        for endpoint in records:
            if endpoint.method == "GET":
                inside = scene.owner if scene.owner.role in endpoint.roles else a_caller(Role.REVIEWER)
                async with watched.client(service, inside) as client:
                    assert await status_of(client, scene, endpoint) == 200, named(endpoint)


async def test_only_the_nations_unit_sets_when_codes_are_assigned(watched: WatchedEnvironment) -> None:
    async with watched.running("coding"):
        for role in (Role.REVIEWER, Role.AGENCY):
            for caller, due in ((a_caller(role, "430000"), 403), (a_caller(role), 200)):
                async with watched.client("coding", caller) as client:
                    answer = await client.put("/code-policies/A100", json={"moment": "approval"})
                    assert answer.status == due
