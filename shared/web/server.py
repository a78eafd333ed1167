"""Serving routes: who calls, what they sent, one transaction, the answer; every refusal a problem document."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

import structlog
from aiohttp import web
from pydantic import BaseModel, ValidationError

from shared.ids import new_id
from shared.observability.metrics import HTTP_SECONDS
from shared.observability.tracing import answering, current_traceparent
from shared.postgres.transaction import Cause, Rows, UnitOfWork
from shared.problems import NotFound, RoleRequired, RuleBroken, SignInRequired
from shared.security.caller import Caller
from shared.security.tokens import CallerVerifier
from shared.web.idempotency import HEADER, AnswerKey, IdempotentRequest
from shared.web.problems import (
    BodyNotJson,
    BodyTooLarge,
    CharacterRefused,
    MediaTypeNotAccepted,
    NoSuchPath,
    Unexpected,
    refused_fields,
    response,
)
from shared.web.routes import Download, Endpoint, Incoming, Routes

log = structlog.get_logger()

CORRELATION = "X-Correlation-ID"
_NO_BODY = {"GET", "DELETE", "HEAD"}
_CHAIN = re.compile(r"[\x21-\x7e]{1,128}")
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_BIGINT = 2**63
_LINGERING_SECONDS = 2.0


class EndpointHandler:
    """Answers the requests of one endpoint."""

    def __init__(
        self, endpoint: Endpoint, work: UnitOfWork, verifier: CallerVerifier, answer_key: AnswerKey, service: str
    ) -> None:
        self._endpoint = endpoint
        self._work = work
        self._verifier = verifier
        self._answer_key = answer_key
        self._service = service
        self._reads = endpoint.wants.get("rows") is Rows
        self._converters = {name: endpoint.wants.get(name, str) for name in endpoint.parameters}
        self._caller_name = next(
            (name for name, kind in endpoint.wants.items() if kind in (Caller, Caller | None)), None
        )

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        """Answers; a broken rule is told, anything else is logged and told without its innards."""
        began = time.perf_counter()
        correlation_id = _chain_of(request)
        with answering(self._endpoint.path, correlation_id, request.headers.get("traceparent", "")):
            try:
                answer = await self._answer(request, correlation_id)
            except RuleBroken as problem:
                answer = response(problem, request, correlation_id)
            except web.HTTPRequestEntityTooLarge:
                answer = response(_too_large(self._endpoint), request, correlation_id)
            except Exception:
                log.exception("request_failed", path=request.path)
                unexpected = Unexpected(correlation_id=correlation_id).after(2)
                answer = response(unexpected, request, correlation_id)
        answer.headers[CORRELATION] = correlation_id
        HTTP_SECONDS.labels(self._service, self._endpoint.method, self._endpoint.path, answer.status).observe(
            time.perf_counter() - began
        )
        return answer

    async def _answer(self, request: web.Request, correlation_id: str) -> web.Response:
        endpoint = self._endpoint
        caller = self._caller(request)
        given: dict[str, Any] = self._path(request)
        if self._caller_name is not None:
            given[self._caller_name] = caller
        raw = await self._read(request, given)
        if endpoint.prepare is not None:
            given["prepared"] = await endpoint.prepare(
                Incoming(request, caller, {name: given[name] for name in endpoint.parameters})
            )
        for name, kind in endpoint.wants.items():
            if kind is Incoming:
                given[name] = Incoming(request, caller, {})
        wanted = {name: value for name, value in given.items() if name in endpoint.wants}
        if endpoint.opens_transaction:
            cause = Cause(
                correlation_id,
                traceparent=current_traceparent(),
                actor=str(caller.account_id) if caller else "anonymous",
                address=request.headers.get("X-Forwarded-For", request.remote or ""),
            )
            return await self._in_transaction(request, caller, cause, raw, wanted)
        if self._reads:
            async with self._work.reading() as rows:
                return self._reply(await endpoint.handler(**wanted, rows=rows))
        return self._reply(await endpoint.handler(**wanted))

    async def _in_transaction(
        self, request: web.Request, caller: Caller | None, cause: Cause, raw: bytes, wanted: dict[str, Any]
    ) -> web.Response:
        key = request.headers.get(HEADER) if self._endpoint.keeps_answers else None
        if key is None:
            async with self._work.begin(cause) as tx:
                return self._reply(await self._endpoint.handler(**wanted, tx=tx))
        target = f"{request.method} {request.path_qs}".encode()
        # A body that is no JSON was read by `prepare`, which can say what stands for it.
        fingerprint: bytes = getattr(wanted.get("prepared"), "fingerprint", b"")
        account_id = caller.account_id if caller else None
        repeatable = IdempotentRequest.of(self._answer_key, account_id, key, target, raw, fingerprint)
        return await self._once(repeatable, cause, wanted)

    async def _once(self, repeatable: IdempotentRequest, cause: Cause, wanted: dict[str, Any]) -> web.Response:
        try:
            async with self._work.begin(cause) as tx:
                answer = self._reply(await self._endpoint.handler(**wanted, tx=tx))
                tx.keep(repeatable.answered(answer.status, bytes(answer.body or b"")))  # type: ignore[arg-type]
        except Exception:
            # What stands in this one's way may be that it was done before.
            async with self._work.reading() as rows:
                earlier = await repeatable.earlier_answer(rows)
            if earlier is None:
                raise
            return _json(earlier[1], earlier[0])
        return answer

    def _caller(self, request: web.Request) -> Caller | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer" and token:
            caller = self._verifier.caller(token)
            RoleRequired.unless(self._endpoint.is_public or caller.role in self._endpoint.roles)
            return caller
        SignInRequired.unless(self._endpoint.is_public)
        return None

    def _path(self, request: web.Request) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name, kind in self._converters.items():
            text = request.match_info[name]
            try:
                values[name] = kind(text) if kind in (UUID, int) else text
            except ValueError as error:
                raise NotFound from error
            NotFound.unless("\x00" not in text)
            NotFound.unless(kind is not int or -_BIGINT <= values[name] < _BIGINT)
        return values

    async def _read(self, request: web.Request, given: dict[str, Any]) -> bytes:
        wants = self._endpoint.wants
        try:
            if "query" in wants:
                CharacterRefused.unless(not any("\x00" in value for value in request.query.values()))
                given["query"] = wants["query"].model_validate(dict(request.query))
            if request.method in _NO_BODY or self._endpoint.media_types != ("application/json",):
                return b""
            raw = await request.read()
            CharacterRefused.unless(_NUL.search(raw) is None)
            if "body" in wants:
                if request.content_type not in ("application/json", "application/octet-stream"):
                    raise MediaTypeNotAccepted(given=request.content_type, accepted="application/json")
                given["body"] = wants["body"].model_validate_json(raw)
        except ValidationError as error:
            if error.errors()[0]["type"] == "json_invalid":
                raise BodyNotJson from error
            raise refused_fields(error) from error
        return raw

    def _reply(self, value: object) -> web.Response:
        if isinstance(value, BaseModel):
            return _json(value.model_dump_json().encode(), self._endpoint.status)
        if isinstance(value, Download):
            return _download(value)
        return web.Response(status=204)


def _chain_of(request: web.Request) -> str:
    """The correlation id that the request bears, where it is one; otherwise a new chain begins."""
    given = request.headers.get(CORRELATION, "")
    return given if _CHAIN.fullmatch(given) else str(new_id())


def _json(body: bytes, status: int) -> web.Response:
    if not body:
        return web.Response(status=status)
    return web.Response(
        body=body, status=status, content_type="application/json", headers={"Cache-Control": "no-store"}
    )


def _download(file: Download) -> web.Response:
    from urllib.parse import quote

    return web.Response(
        body=file.content,
        content_type=file.media_type,
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.filename)}",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "Cache-Control": "private, no-store",
        },
    )


def _too_large(endpoint: Endpoint) -> BodyTooLarge:
    return BodyTooLarge(limit_mb=endpoint.body_limit // (1024 * 1024))


def application(
    service: str, routes: Sequence[Routes], work: UnitOfWork, verifier: CallerVerifier, answer_key: AnswerKey
) -> web.Application:
    """The service's HTTP application, with its routes but without health and metrics."""
    endpoints = [endpoint for part in routes for endpoint in part.endpoints]
    largest = max([endpoint.body_limit for endpoint in endpoints], default=1024 * 1024)
    app = web.Application(client_max_size=largest, middlewares=[_unknown_paths])
    for endpoint in endpoints:
        handler_of = EndpointHandler(endpoint, work, verifier, answer_key, service)
        app.router.add_route(endpoint.method, endpoint.path, _limited(handler_of, endpoint, largest))
    return app


def _limited(
    handler_of: EndpointHandler, endpoint: Endpoint, largest: int
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        if (request.content_length or 0) > endpoint.body_limit:
            return response(_too_large(endpoint), request, _chain_of(request))
        if endpoint.body_limit < largest:
            # aiohttp has one limit for an application; each route keeps its own.
            request = request.clone(client_max_size=endpoint.body_limit)
        return await handler_of(request)

    return handle


@web.middleware
async def _unknown_paths(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        return await handler(request)
    except (web.HTTPNotFound, web.HTTPMethodNotAllowed):
        return response(NoSuchPath(), request, _chain_of(request))


async def serve(app: web.Application, host: str, port: int) -> web.AppRunner:
    """Starts answering; `cleanup()` of what it returns lets running requests finish first."""
    # A body that was refused midway is read on for a moment, so that the client sees the answer; not for long.
    runner = web.AppRunner(
        app, access_log=None, handle_signals=False, shutdown_timeout=15, lingering_time=_LINGERING_SECONDS
    )
    await runner.setup()
    await web.TCPSite(runner, host, port, backlog=1024).start()
    await asyncio.sleep(0)
    return runner
