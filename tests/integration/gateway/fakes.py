"""Small real services in the places of the registry and the documents service, and a gateway before them."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
from pydantic import BaseModel

from shared.postgres.migrate import migrate
from shared.problems import Kind, RuleBroken
from shared.security.caller import Caller, Role
from shared.service import Endpoints, Foundation, Service
from shared.settings import Settings
from shared.web.problems import MediaTypeNotAccepted
from shared.web.routes import PUBLIC, SIGNED_IN, Download, Incoming, Routes
from tests.environment import Environment

PASSWORD = "正确的密码 right"
ACCOUNT = Caller(account_id=UUID(int=7), name="李审核", role=Role.REVIEWER, region="430300", unit_id=UUID(int=8))
MEGABYTE = 1024 * 1024


class WrongHere(RuleBroken):
    """The username is not known, or the password is not its own."""

    code = "stand-in-credentials-wrong"
    kind = Kind.UNAUTHENTICATED
    zh = "用户名或密码不正确。"
    en = "Username or password is wrong."


class Given(BaseModel):
    """What one signs in with."""

    username: str
    password: str


class Search(BaseModel):
    """What is looked for."""

    q: str = ""


class Seen(BaseModel):
    """What arrived at the service."""

    caller: Caller | None
    headers: dict[str, str]


class Stored(BaseModel):
    """What became of an upload."""

    size: int
    sha256: str


def registry() -> Service[Settings]:
    """Knows one password, and shows what reaches it."""
    credentials, regions = Routes("credentials"), Routes("regions")

    @credentials.post("/internal/credentials", by=(Role.GATEWAY,), internal=True, status=200)
    async def check(body: Given) -> Caller:
        WrongHere.unless(body.password == PASSWORD)
        return ACCOUNT.model_copy(update={"name": body.username, "reviewed": body.username != "new.clerk"})

    @regions.get("/regions", by=PUBLIC)
    async def show(caller: Caller | None, incoming: Incoming, query: Search) -> Seen:
        """Shows what arrived."""
        return Seen(caller=caller, headers=dict(incoming.request.headers))

    @regions.put("/regions/{code}", by=SIGNED_IN)
    async def change(code: str, caller: Caller, incoming: Incoming) -> Seen:
        """Shows who changes something."""
        return Seen(caller=caller, headers=dict(incoming.request.headers))

    async def compose(_: Foundation[Settings]) -> Endpoints:
        return Endpoints(routes=[credentials, regions])

    return Service("registry", Settings, Path(__file__).parent / "no-migrations", compose)


def documents() -> Service[Settings]:
    """Takes uploads piece by piece, and hands out large files."""
    routes = Routes("documents")

    @routes.post("/documents", by=PUBLIC, media_types=("application/pdf",), body_limit=100 * MEGABYTE)
    async def take(incoming: Incoming) -> Stored:
        """Takes a file."""
        size, digest = 0, hashlib.sha256()
        async for piece in incoming.request.content.iter_any():
            size += len(piece)
            digest.update(piece)
        return Stored(size=size, sha256=digest.hexdigest())

    @routes.post("/letters", by=PUBLIC, media_types=("application/pdf",), body_limit=100 * MEGABYTE)
    async def refuse(incoming: Incoming) -> Stored:
        """Refuses a file before it has read it."""
        raise MediaTypeNotAccepted(given=incoming.request.content_type, accepted="application/pdf")

    @routes.get("/documents/{pages}/content", by=PUBLIC)
    async def hand_out(pages: int) -> Download:
        """Hands out a file of so many megabytes."""
        return Download(b"%PDF" + bytes(pages * MEGABYTE - 4), "application/pdf", "扫描件.pdf")

    async def compose(_: Foundation[Settings]) -> Endpoints:
        return Endpoints(routes=[routes])

    return Service("documents", Settings, Path(__file__).parent / "no-migrations", compose)


@asynccontextmanager
async def stood_in(environment: Environment, service: Service[Settings]) -> AsyncIterator[None]:
    """A stand-in, running in its service's place."""
    await migrate(environment.dsn(service.name, owner=True), service.name, service.migrations)
    async with service.running(Settings(**environment.settings(service.name))):
        yield


def urls(environment: Environment) -> dict[str, str]:
    """The addresses of the services in the gateway's settings."""
    names = ("registry", "documents", "review", "coding", "agreements")
    return {f"{name}_url": f"http://127.0.0.1:{environment.port(name)}" for name in names}


@asynccontextmanager
async def platform(
    environment: Environment, *services: Service[Settings], **settings: Any
) -> AsyncIterator[aiohttp.ClientSession]:
    """These services and the gateway; gives a client of the gateway that keeps no cookies."""
    async with AsyncExitStack() as stack:
        for service in services:
            await stack.enter_async_context(stood_in(environment, service))
        await stack.enter_async_context(environment.running("gateway", **urls(environment), **settings))
        yield await stack.enter_async_context(visitor(environment))


@asynccontextmanager
async def visitor(environment: Environment) -> AsyncIterator[aiohttp.ClientSession]:
    """A client of the gateway that keeps no cookies."""
    url = f"http://127.0.0.1:{environment.port('gateway')}"
    async with aiohttp.ClientSession(url, cookie_jar=aiohttp.DummyCookieJar()) as client:
        yield client


async def signed_in(client: aiohttp.ClientSession, username: str = "li") -> str:
    """Signs in and gives the token."""
    async with client.post("/api/v1/sessions", json={"username": username, "password": PASSWORD}) as answer:
        assert answer.status == 201, await answer.text()
        token: str = (await answer.json())["token"]
        return token


def bearing(token: str) -> dict[str, str]:
    """The header that bears a session."""
    return {"Authorization": f"Bearer {token}"}
