"""Handles the requests of one endpoint: authenticates, parses, runs one transaction, answers."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel, ValidationError

from shared.postgres.failures import is_infrastructure_failure
from shared.postgres.transaction import Cause, Rows, UnitOfWork
from shared.problems import FieldProblem, FieldsRefused, NotFound, RoleRequired, SignInRequired
from shared.security.caller import Caller, Role
from shared.security.problems import EnrolmentRequired
from shared.web.answering import RequestContext
from shared.web.idempotency import HEADER, AnswerKey, IdempotentRequest
from shared.web.problem_documents import refused_fields
from shared.web.problems import BodyNotJson, BodyTooLarge, CharacterRefused, MediaTypeNotAccepted
from shared.web.routes import JSON, Download, Endpoint, Incoming

Authenticate = Callable[[web.Request, Endpoint], Awaitable[Caller | None]]

ANONYMOUS = "anonymous"
_NO_BODY = {"GET", "DELETE", "HEAD"}
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_BIGINT = 2**63
_MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Resources:
    """The resources of a service's endpoints; `provided` are the objects that handlers request by type."""

    work: UnitOfWork
    authenticate: Authenticate
    answer_key: AnswerKey
    provided: Mapping[type, object]


class EndpointHandler:
    """Handles the requests of one endpoint; raises TypeError if a dependency is not provided."""

    def __init__(self, endpoint: Endpoint, resources: Resources) -> None:
        self._endpoint = endpoint
        self._work = resources.work
        self._authenticate = resources.authenticate
        self._answer_key = resources.answer_key
        self._reads = endpoint.wants.get("rows") is Rows
        self._converters = {name: endpoint.wants.get(name, str) for name in endpoint.parameters}
        self._handler_wants = frozenset(endpoint.wants) - {"tx", "rows"}
        self._prepare_wants = frozenset(endpoint.prepare_wants)
        self._body: type[BaseModel] | None = endpoint.all_wants.get("body")
        self._query: type[BaseModel] | None = endpoint.all_wants.get("query")
        provided = {UnitOfWork: resources.work, **resources.provided}
        self._provided = {name: provided[kind] for name, kind in endpoint.dependencies(provided).items()}
        self._callers = [name for name, kind in endpoint.all_wants.items() if kind in (Caller, Caller | None)]
        self._incoming = [name for name, kind in endpoint.all_wants.items() if kind is Incoming]

    async def __call__(self, request: web.Request, context: RequestContext) -> web.StreamResponse:
        """Handles a request; raises the endpoint's errors."""
        endpoint = self._endpoint
        caller = await self._caller(request)
        given = self._path(request)
        cause = context.cause(str(caller.account_id) if caller else ANONYMOUS)
        incoming = Incoming(request, caller, dict(given), cause)
        given |= self._provided | dict.fromkeys(self._callers, caller) | dict.fromkeys(self._incoming, incoming)
        raw = await self._read(request, given)
        if endpoint.prepare is not None:
            arguments = {name: given[name] for name in self._prepare_wants}
            given["prepared"] = await endpoint.prepare(**arguments)
        arguments = {name: given[name] for name in self._handler_wants}
        if endpoint.opens_transaction:
            return await self._in_transaction(request, caller, cause, raw, arguments)
        if self._reads:
            async with self._work.reading() as rows:
                return self._reply(await endpoint.handler(**arguments, rows=rows))
        return self._reply(await endpoint.handler(**arguments))

    async def _in_transaction(
        self, request: web.Request, caller: Caller | None, cause: Cause, raw: bytes, arguments: dict[str, Any]
    ) -> web.Response:
        key = request.headers.get(HEADER) if self._endpoint.keeps_answers else None
        if key is None:
            async with self._work.begin(cause) as tx:
                return self._reply(await self._endpoint.handler(**arguments, tx=tx))
        target = f"{request.method} {request.path_qs}".encode()
        # A body that is not JSON was read by `prepare`, which returns its fingerprint.
        fingerprint: bytes = getattr(arguments.get("prepared"), "fingerprint", b"")
        account_id = caller.account_id if caller else None
        repeatable = IdempotentRequest.of(self._answer_key, account_id, key, target, raw, fingerprint)
        return await self._once(repeatable, cause, arguments)

    async def _once(self, repeatable: IdempotentRequest, cause: Cause, arguments: dict[str, Any]) -> web.Response:
        try:
            async with self._work.begin(cause) as tx:
                answer = self._reply(await self._endpoint.handler(**arguments, tx=tx))
                tx.keep(repeatable.answered(answer.status, bytes(answer.body or b"")))  # type: ignore[arg-type]
        except Exception as error:
            # The cause of the error may be that the same request succeeded before and its answer was lost.
            earlier = await self._earlier(repeatable, error)
            if earlier is None:
                raise
            return _json(earlier[1], earlier[0])
        return answer

    async def _earlier(self, repeatable: IdempotentRequest, error: Exception) -> tuple[int, bytes] | None:
        try:
            async with self._work.reading() as rows:
                return await repeatable.earlier_answer(rows)
        except Exception as failure:
            if is_infrastructure_failure(failure):
                # The lookup failed too: the first error says more.
                raise error from None
            raise

    async def _caller(self, request: web.Request) -> Caller | None:
        caller = await self._authenticate(request, self._endpoint)
        if caller is None:
            SignInRequired.unless(self._endpoint.is_public)
        elif not self._endpoint.is_public and caller.role not in self._endpoint.roles:
            raise EnrolmentRequired if caller.role is Role.ENROLLING else RoleRequired
        return caller

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
        """Reads query and JSON body into `given`; returns the raw body."""
        try:
            self._read_query(request, given)
            if request.method in _NO_BODY or self._endpoint.media_types != (JSON,):
                return b""
            if self._body is not None:
                # Without a type aiohttp would call it octet-stream; a page of another site may send either.
                given_type = request.content_type if "Content-Type" in request.headers else ""
                MediaTypeNotAccepted.unless(given_type == JSON, given=given_type, accepted=JSON)
            raw = await request.read()
            CharacterRefused.unless(_NUL.search(raw) is None)
            if self._body is not None:
                given["body"] = self._body.model_validate_json(raw)
        except web.HTTPRequestEntityTooLarge as error:
            raise too_large(self._endpoint) from error
        except ValidationError as error:
            if error.errors()[0]["type"] == "json_invalid":
                raise BodyNotJson from error
            raise refused_fields(error) from error
        return raw

    def _read_query(self, request: web.Request, given: dict[str, Any]) -> None:
        query = request.query
        CharacterRefused.unless(not any("\x00" in part for pair in query.items() for part in pair))
        single = dict(query)
        if len(single) != len(query):
            raise FieldsRefused(fields=tuple(_repeated(name) for name in single if len(query.getall(name)) > 1))
        if self._query is not None:
            given["query"] = self._query.model_validate(single)
        elif single:
            raise FieldsRefused(fields=tuple(_unknown(name) for name in single))

    def _reply(self, value: object) -> web.Response:
        if isinstance(value, BaseModel):
            return _json(value.model_dump_json().encode(), self._endpoint.status)
        if isinstance(value, Download):
            return _download(value)
        return value if isinstance(value, web.Response) else web.Response(status=204)


def too_large(endpoint: Endpoint) -> BodyTooLarge:
    """Builds the refusal of a body above the endpoint's limit."""
    return BodyTooLarge(limit_mb=endpoint.body_limit // _MEGABYTE)


def _repeated(name: str) -> FieldProblem:
    return FieldProblem(field=name, code="repeated", zh="此项只能出现一次。", en="It may be given once.")


def _unknown(name: str) -> FieldProblem:
    return FieldProblem(field=name, code="extra-forbidden", zh="没有这一项。", en="There is no such field.")


def _json(body: bytes, status: int) -> web.Response:
    if not body:
        return web.Response(status=status)
    return web.Response(body=body, status=status, content_type=JSON, headers={"Cache-Control": "no-store"})


def _download(file: Download) -> web.Response:
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
