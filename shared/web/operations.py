"""Endpoints for operators: liveness, readiness, messaging health and metrics."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

Check = Callable[[], Awaitable[str | None]]
CHECK_SECONDS = 2.5


def add_health(app: web.Application, checks: Mapping[str, Check]) -> None:
    """Adds `/health/live` and `/health/ready`, which answer yes or no without the reason."""
    app.router.add_get("/health/live", _live)

    async def ready(_: web.Request) -> web.Response:
        wrong = await _failed_checks(checks)
        return web.json_response({"status": "not-ready" if wrong else "ready"}, status=503 if wrong else 200)

    app.router.add_get("/health/ready", ready)


def operations(readiness: Mapping[str, Check], messaging: Mapping[str, Check]) -> web.Application:
    """Builds `/health/live`, `/health/ready`, `/health/messaging` and `/metrics`, for the operators' port.

    Readiness says whether requests can be answered: reads need neither the broker nor an empty outbox. Messaging
    health is for alerts. A check returns None if all is well, otherwise what is wrong; a check that takes longer
    than 2.5 s has failed.
    """
    app = web.Application()

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app.router.add_get("/health/live", _live)
    app.router.add_get("/health/ready", _answering(readiness, good="ready", bad="not-ready"))
    app.router.add_get("/health/messaging", _answering(messaging, good="healthy", bad="unhealthy"))
    app.router.add_get("/metrics", metrics)
    return app


def _answering(
    checks: Mapping[str, Check], *, good: str, bad: str
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Builds a handler that reports what is wrong."""

    async def answer(_: web.Request) -> web.Response:
        wrong = await _failed_checks(checks)
        body = {"status": bad if wrong else good, "wrong": wrong}
        return web.json_response(body, status=503 if wrong else 200)

    return answer


async def _live(_: web.Request) -> web.Response:
    return web.json_response({"status": "alive"})


async def _failed_checks(checks: Mapping[str, Check]) -> dict[str, str]:
    found = await asyncio.gather(*(_checked(check) for check in checks.values()))
    return {name: why for name, why in zip(checks, found, strict=True) if why is not None}


def add_description(app: web.Application, openapi: bytes) -> None:
    """Adds `/internal/openapi.json`, from which the gateway reads a service's interface."""

    async def described(_: web.Request) -> web.Response:
        return web.Response(body=openapi, content_type="application/json")

    app.router.add_get("/internal/openapi.json", described)


async def _checked(check: Check) -> str | None:
    looking = asyncio.ensure_future(check())
    await asyncio.wait({looking}, timeout=CHECK_SECONDS)
    if not looking.done():
        # Not awaited: a hanging check may also be slow to cancel.
        looking.cancel()
        looking.add_done_callback(_forgotten)
        return f"no answer within {CHECK_SECONDS:g} s"
    if looking.cancelled():
        return "interrupted"
    error = looking.exception()
    return looking.result() if error is None else f"{type(error).__name__}: {error}"


def _forgotten(looking: "asyncio.Future[str | None]") -> None:
    if not looking.cancelled():
        looking.exception()
