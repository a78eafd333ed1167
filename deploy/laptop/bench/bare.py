"""The bare chain: an aiohttp server that asks another aiohttp server that reads or inserts one row.

Nothing of the platform is in it; it runs on the same event loop as the platform's processes.
"""

import argparse
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import asyncpg
import uvloop
from aiohttp import web

POOL: web.AppKey[asyncpg.Pool] = web.AppKey("pool")
BACK: web.AppKey[aiohttp.ClientSession] = web.AppKey("back")
SETUP = """
CREATE SCHEMA IF NOT EXISTS bare;
CREATE TABLE IF NOT EXISTS bare.record (id uuid PRIMARY KEY, content text NOT NULL);
TRUNCATE bare.record;
"""


def front(back: str) -> web.Application:
    """Asks the one behind and hands its answer on."""

    async def opened(app: web.Application) -> AsyncIterator[None]:
        async with aiohttp.ClientSession(back, connector=aiohttp.TCPConnector(limit=0)) as session:
            app[BACK] = session
            yield

    async def read(request: web.Request) -> web.Response:
        async with request.app[BACK].get(request.path) as answer:
            return web.Response(body=await answer.read(), content_type="application/json")

    async def insert(request: web.Request) -> web.Response:
        async with request.app[BACK].post(request.path, data=await request.read()) as answer:
            return web.Response(body=await answer.read(), content_type="application/json")

    return _application(opened, read, insert)


def back(dsn: str) -> web.Application:
    """Reads or inserts one row."""

    async def opened(app: web.Application) -> AsyncIterator[None]:
        async with asyncpg.create_pool(dsn, min_size=10, max_size=10) as pool:
            app[POOL] = pool
            yield

    async def read(request: web.Request) -> web.Response:
        content: Any = await request.app[POOL].fetchval(
            "SELECT content FROM bare.record WHERE id = $1", UUID(request.match_info["id"])
        )
        return web.Response(body=content.encode(), content_type="application/json")

    async def insert(request: web.Request) -> web.Response:
        content = (await request.read()).decode()
        await request.app[POOL].execute("INSERT INTO bare.record VALUES ($1, $2)", uuid4(), content)
        return web.Response(body=content.encode(), content_type="application/json")

    return _application(opened, read, insert)


Handler = Callable[[web.Request], Awaitable[web.Response]]


def _application(
    opened: Callable[[web.Application], AsyncIterator[None]], read: Handler, insert: Handler
) -> web.Application:
    app = web.Application()
    app.cleanup_ctx.append(opened)
    app.router.add_get("/records/{id}", read)
    app.router.add_post("/records", insert)
    return app


def main() -> None:
    """`python -m deploy.laptop.bench.bare --port N (--back URL | --dsn DSN)`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--back")
    parser.add_argument("--dsn")
    options = parser.parse_args()
    app = front(options.back) if options.back else back(options.dsn)
    uvloop.install()
    web.run_app(app, host="127.0.0.1", port=options.port, access_log=None, print=None)


if __name__ == "__main__":
    main()
