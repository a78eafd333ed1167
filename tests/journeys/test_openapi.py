"""The interface that is committed is the one that a running platform serves."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from deploy.laptop.stack.platform import Platform
from tests.contract.write import OPENAPI
from tests.environment import until

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "unsupported_method",
    "allow_header_conformance",
)
# Who tries these ends the session that tries, or waits for a password's throttle.
EXCLUDED = ("/sessions", "/sessions/current", "/sessions/{session_id}", "/accounts/current/password")

pytestmark = pytest.mark.xdist_group("platform")


@pytest.mark.requirement("INT-4")
async def test_the_committed_openapi_document_is_what_the_gateway_serves(platform: Platform) -> None:
    """Every path, parameter, status and schema, of the gateway itself and of every service."""
    async with aiohttp.ClientSession() as http:

        async def whole() -> dict[str, Any] | None:
            async with http.get(f"{platform.describe()['gateway']}/api/v1/openapi.json") as answer:
                document: dict[str, Any] = await answer.json()
                return None if document["info"].get("x-missing") else document

        served = await until(whole, what="the description of every service")
    committed = json.loads(OPENAPI.read_text("utf-8"))
    assert sorted(served["paths"]) == sorted(committed["paths"])
    assert served == committed


async def test_every_endpoint_behaves_as_it_is_described(platform: Platform, tmp_path: Path) -> None:
    """Each parameter, body, method and answer is tried against the description (schemathesis)."""
    gateway = platform.describe()["gateway"]
    account = next(one for one in platform.describe()["accounts"] if one["username"] == "nation.reviewer")
    credentials = {name: account[name] for name in ("username", "password")}
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{gateway}/api/v1/sessions", json=credentials) as answer,
    ):
        token = (await answer.json())["token"]
    command = [
        *(str(Path(sys.executable).with_name("schemathesis")), "run", f"{gateway}/api/v1/openapi.json"),
        *("--url", f"{gateway}/api/v1", "--header", f"Authorization: Bearer {token}"),
        *("--phases", "coverage", "--checks", ",".join(CHECKS), "--generation-deterministic", "--no-color"),
        *("--continue-on-failure", "--suppress-health-check", "all"),
        *(part for path in EXCLUDED for part in ("--exclude-path", path)),
    ]
    running = await asyncio.create_subprocess_exec(
        *command, cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await running.communicate()
    assert running.returncode == 0, output.decode()
