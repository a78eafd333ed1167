"""A signed-in user of the API, who tries again where the answer says that it makes sense."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Self
from uuid import uuid4

import aiohttp

PATIENCE_SECONDS = 90.0
_AGAIN = {502, 503, 504}
_TOO_MANY = 429
_REFUSED = 400


class Refused(Exception):
    """The platform refused, and said why."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        super().__init__(f"{status} {problem.get('code')}: {problem.get('title')} {problem.get('errors', '')}")
        self.status = status
        self.problem = problem

    @property
    def code(self) -> str:
        """The stable code of the broken rule."""
        return str(self.problem.get("code"))


class NeverCame(AssertionError):
    """What was waited for did not come about."""


class Person:
    """Somebody with, or still without, an account."""

    def __init__(self, http: aiohttp.ClientSession, gateway: str, username: str, password: str) -> None:
        self._http = http
        self._base = f"{gateway}/api/v1"
        self._token: str | None = None
        self.username = username
        self.password = password
        self.account: dict[str, Any] = {}

    async def sign_in(self) -> Self:
        """Opens a session."""
        session = await self.post("/sessions", json={"username": self.username, "password": self.password})
        self._token = session["token"]
        self.account = session["account"]
        return self

    @property
    def authorization(self) -> dict[str, str]:
        """The header that names the session; empty without one."""
        return {"Authorization": f"Bearer {self._token}"} if self._token else {}

    async def get(self, path: str, **more: Any) -> Any:
        """Reads."""
        return await self._ask("GET", path, **more)

    async def post(self, path: str, **more: Any) -> Any:
        """Does something; asked again after a fault, it is done once."""
        return await self._ask("POST", path, **more)

    async def put(self, path: str, **more: Any) -> Any:
        """Replaces."""
        return await self._ask("PUT", path, **more)

    async def delete(self, path: str, **more: Any) -> Any:
        """Removes."""
        return await self._ask("DELETE", path, **more)

    async def upload(self, path: str, content: bytes, media_type: str, name: str, **query: str) -> Any:
        """Sends a file as its body."""
        headers = {"Content-Type": media_type}
        return await self.post(path, data=content, headers=headers, params={"name": name, **query})

    async def until(self, path: str, holds: Callable[[Any], Any], *, every: float = 0.02, **more: Any) -> Any:
        """Reads until what was read is as expected; what others do arrives by events."""
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                seen = await self.get(path, **more)
            except Refused as refusal:
                if refusal.status != 404:  # noqa: PLR2004
                    raise
                seen = None
            if seen is not None and holds(seen):
                return seen
            if time.monotonic() > end:
                raise NeverCame(f"{self.username}: {path} is still {seen}")
            await asyncio.sleep(every)

    async def _ask(self, method: str, path: str, headers: dict[str, str] | None = None, **more: Any) -> Any:
        sent = {"Idempotency-Key": str(uuid4()), **self.authorization, **(headers or {})}

        async def once() -> Any:
            request = self._http.request(method, self._base + path, headers=sent, **more)
            async with request as answer:
                body = await answer.read()
                if answer.status >= _REFUSED:
                    raise Refused(answer.status, await _problem(answer))
                return await answer.json() if answer.content_type == "application/json" else body

        return await _persistently(once)


async def _problem(answer: aiohttp.ClientResponse) -> dict[str, Any]:
    if answer.content_type.endswith("json"):
        problem: dict[str, Any] = await answer.json(content_type=None)
        return problem
    return {"title": (await answer.text())[:200]}


async def _persistently(ask: Callable[[], Awaitable[Any]]) -> Any:
    """Asks again, with the same key, for as long as a part of the platform is away."""
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return await ask()
        except Refused as refusal:
            if (refusal.status not in _AGAIN and refusal.status != _TOO_MANY) or time.monotonic() > end:
                raise
        except (aiohttp.ClientError, TimeoutError, OSError):
            if time.monotonic() > end:
                raise
        await asyncio.sleep(0.2)
