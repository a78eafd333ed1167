"""Routes: a plain async function with annotations is an endpoint; the kit reads what it wants from them.

A handler may ask for
- `tx: Transaction`: one transaction around the whole call, idempotent where the request bears a key;
- `rows: Rows`: a connection that only reads;
- `caller: Caller` (or `Caller | None` on a public route);
- `body` / `query`: a pydantic model, from the JSON body or the query string;
- `incoming: Incoming`: the request itself, for bodies that are not JSON;
- `prepared`: what the route's `prepare` returned before the transaction was opened; where the body is no JSON, its
  `fingerprint` (bytes) tells a repeated request from another one under the same Idempotency-Key;
- path parameters by their names (`UUID`, `str` or `int`);
- anything else by its class: the composition provides one of each (`Endpoints.provides`).
`prepare` may ask for the same, save `tx`, `rows` and `prepared`.

A handler answers a pydantic model (JSON), a `Download`, None (204), or an aiohttp response where it needs more
than a body; the latter is annotated `Annotated[web.Response, Model]`, which describes what is in it.
"""

import inspect
import re
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel

from shared.postgres.transaction import Cause, Rows, Transaction
from shared.security.caller import Caller, Role

H = TypeVar("H", bound=Callable[..., Awaitable[Any]])

SIGNED_IN: tuple[Role, ...] = (Role.MAINTAINER, Role.REVIEWER, Role.AGENCY)
PUBLIC: tuple[Role, ...] = ()
JSON = "application/json"
_PATH_PARAMETER = re.compile(r"\{(\w+)\}")
_FORMS: dict[Any, str] = {
    UUID: ":[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}",
    int: ":-?[0-9]{1,19}",
}


@dataclass(frozen=True, slots=True)
class Incoming:
    """The raw request with its path parameters; `cause` is for transactions that a handler opens."""

    request: web.Request
    caller: Caller | None
    path: dict[str, Any]
    cause: Cause


@dataclass(frozen=True, slots=True)
class Download:
    """A file as the answer: always offered for saving, never displayed as a page."""

    content: bytes
    media_type: str
    filename: str


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One route, with its handler's dependencies read from the annotations."""

    method: str
    path: str
    roles: tuple[Role, ...]
    handler: Callable[..., Awaitable[Any]]
    status: int
    wants: dict[str, Any]
    reply: Any
    prepare: Callable[..., Awaitable[Any]] | None
    prepare_wants: dict[str, Any]
    media_types: tuple[str, ...]
    produces: str
    body_limit: int
    internal: bool

    @property
    def parameters(self) -> list[str]:
        """Lists the names of the path parameters in order."""
        return _PATH_PARAMETER.findall(self.path)

    @property
    def pattern(self) -> str:
        """Returns the path for the router; a parameter matches its own type only, and no other path's name."""
        wants = self.all_wants
        return _PATH_PARAMETER.sub(lambda found: f"{{{found[1]}{_FORMS.get(wants.get(found[1]), '')}}}", self.path)

    @property
    def all_wants(self) -> dict[str, Any]:
        """Maps names to types of what the handler and its `prepare` request."""
        return {**self.prepare_wants, **self.wants}

    def dependencies(self, provided: Collection[type]) -> dict[str, type]:
        """Returns the objects to provide by class; raises TypeError if one is missing."""
        found = {name: kind for name, kind in self.all_wants.items() if not self._is_of_request(name, kind)}
        for name, kind in found.items():
            if kind not in provided:
                raise TypeError(f"{self.method} {self.path}: nothing is known to give for {name!r}")
        return found

    def _is_of_request(self, name: str, kind: Any) -> bool:
        return (
            name in self.parameters
            or kind in (Transaction, Rows, Caller, Incoming, Caller | None)
            or (name in ("body", "query") and inspect.isclass(kind) and issubclass(kind, BaseModel))
            or (name == "prepared" and self.prepare is not None)
        )

    @property
    def is_public(self) -> bool:
        """Whether callers need not sign in."""
        return self.roles == PUBLIC

    @property
    def opens_transaction(self) -> bool:
        """Whether the handler works in a transaction."""
        return self.wants.get("tx") is Transaction

    @property
    def keeps_answers(self) -> bool:
        """Whether a repeated request with an Idempotency-Key gets its first answer; never for reads."""
        return self.opens_transaction and self.method != "GET"

    @property
    def summary(self) -> str:
        """Returns the first sentence of the handler's docstring."""
        return (inspect.getdoc(self.handler) or "").split("\n", 1)[0]


@dataclass(slots=True)
class Routes:
    """The routes of a part of a service; `tag` groups them in the OpenAPI document."""

    tag: str
    endpoints: list[Endpoint] = field(default_factory=list)

    def get(self, path: str, *, by: Sequence[Role], **options: Any) -> Callable[[H], H]:
        """Registers a route that reads."""
        return self._add("GET", path, by, **options)

    def post(self, path: str, *, by: Sequence[Role], **options: Any) -> Callable[[H], H]:
        """Registers a route that acts; it answers 201 by default."""
        return self._add("POST", path, by, **{"status": 201, **options})

    def put(self, path: str, *, by: Sequence[Role], **options: Any) -> Callable[[H], H]:
        """Registers a route that replaces."""
        return self._add("PUT", path, by, **options)

    def delete(self, path: str, *, by: Sequence[Role], **options: Any) -> Callable[[H], H]:
        """Registers a route that removes; it answers 204 by default."""
        return self._add("DELETE", path, by, **{"status": 204, **options})

    def _add(
        self,
        method: str,
        path: str,
        by: Sequence[Role],
        status: int = 200,
        prepare: Callable[..., Awaitable[Any]] | None = None,
        media_types: tuple[str, ...] = (JSON,),
        produces: str = JSON,
        body_limit: int = 1024 * 1024,
        internal: bool = False,  # noqa: FBT001, FBT002
    ) -> Callable[[H], H]:
        def add(handler: H) -> H:
            wants = get_type_hints(handler, include_extras=True)
            reply = _described(wants.pop("return", None))
            prepare_wants = get_type_hints(prepare) if prepare else {}
            prepare_wants.pop("return", None)
            endpoint = Endpoint(
                method=method,
                path=path,
                roles=tuple(by),
                handler=handler,
                status=status,
                wants=wants,
                reply=reply,
                prepare=prepare,
                prepare_wants=prepare_wants,
                media_types=media_types,
                produces=produces,
                body_limit=body_limit,
                internal=internal,
            )
            _check(endpoint)
            self.endpoints.append(endpoint)
            return handler

        return add


def _described(reply: Any) -> Any:
    """Returns the model of an answer that is annotated as a response."""
    return get_args(reply)[1] if get_origin(reply) is Annotated else reply


def _check(endpoint: Endpoint) -> None:
    """Raises TypeError at import for a handler with an unknown dependency or a missing path parameter."""
    for name, kind in endpoint.all_wants.items():
        if kind in (str, int, bytes, UUID) and name not in endpoint.parameters:
            raise TypeError(f"{endpoint.method} {endpoint.path}: nothing is known to give for {name!r}")
    missing = set(endpoint.parameters) - set(endpoint.all_wants)
    if missing and not any(kind is Incoming for kind in endpoint.all_wants.values()):
        raise TypeError(f"{endpoint.method} {endpoint.path}: the handler does not take {missing}")
