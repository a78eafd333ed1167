"""Routes: a plain async function with annotations is an endpoint; the kit reads what it wants from them.

A handler may ask for
- `tx: Transaction`: one transaction around the whole call, idempotent where the request bears a key;
- `rows: Rows`: a connection that only reads;
- `caller: Caller` (or `Caller | None` on a public route);
- `body` / `query`: a pydantic model, from the JSON body or the query string;
- `incoming: Incoming`: the request itself, for bodies that are not JSON;
- `prepared`: what the route's `prepare` returned before the transaction was opened; where the body is no JSON, its
  `fingerprint` (bytes) tells a repeated request from another one under the same Idempotency-Key;
- path parameters by their names (`UUID`, `str` or `int`).
It answers a pydantic model (JSON), a `Download`, or None (204).
"""

import inspect
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, get_type_hints

from aiohttp import web
from pydantic import BaseModel

from shared.postgres.transaction import Rows, Transaction
from shared.security.caller import Caller, Role

H = TypeVar("H", bound=Callable[..., Awaitable[Any]])

SIGNED_IN: tuple[Role, ...] = (Role.MAINTAINER, Role.REVIEWER, Role.AGENCY)
PUBLIC: tuple[Role, ...] = ()
_PATH_PARAMETER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Incoming:
    """The request as it comes, with its path parameters, for handlers that read a body of their own kind."""

    request: web.Request
    caller: Caller | None
    path: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Download:
    """A file as the answer: always offered for saving, never shown as a page of ours."""

    content: bytes
    media_type: str
    filename: str


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One route, with what its handler wants already read from its annotations."""

    method: str
    path: str
    roles: tuple[Role, ...]
    handler: Callable[..., Awaitable[Any]]
    status: int
    wants: dict[str, Any]
    reply: Any
    prepare: Callable[[Incoming], Awaitable[Any]] | None
    media_types: tuple[str, ...]
    body_limit: int
    internal: bool

    @property
    def parameters(self) -> list[str]:
        """Names of the path parameters in their order."""
        return _PATH_PARAMETER.findall(self.path)

    @property
    def is_public(self) -> bool:
        """Whether it answers callers who have not signed in."""
        return self.roles == PUBLIC

    @property
    def opens_transaction(self) -> bool:
        """Whether the handler works in a transaction."""
        return self.wants.get("tx") is Transaction

    @property
    def keeps_answers(self) -> bool:
        """Whether a request with an Idempotency-Key is answered as before when it comes again; a read never is."""
        return self.opens_transaction and self.method != "GET"

    @property
    def summary(self) -> str:
        """The domain sentence of the handler's docstring."""
        return (inspect.getdoc(self.handler) or "").split("\n", 1)[0]


@dataclass(slots=True)
class Routes:
    """The routes of a part of a service; `tag` groups them in the OpenAPI document."""

    tag: str
    endpoints: list[Endpoint] = field(default_factory=list)

    def get(self, path: str, *, by: Sequence[Role]) -> Callable[[H], H]:
        """A route that reads."""
        return self._add("GET", path, by)

    def post(self, path: str, *, by: Sequence[Role], **options: Any) -> Callable[[H], H]:
        """A route that does something; 201 unless said otherwise."""
        return self._add("POST", path, by, **{"status": 201, **options})

    def put(self, path: str, *, by: Sequence[Role], **options: Any) -> Callable[[H], H]:
        """A route that replaces."""
        return self._add("PUT", path, by, **options)

    def delete(self, path: str, *, by: Sequence[Role], **options: Any) -> Callable[[H], H]:
        """A route that removes; 204 unless said otherwise."""
        return self._add("DELETE", path, by, **{"status": 204, **options})

    def _add(
        self,
        method: str,
        path: str,
        by: Sequence[Role],
        status: int = 200,
        prepare: Callable[[Incoming], Awaitable[Any]] | None = None,
        media_types: tuple[str, ...] = ("application/json",),
        body_limit: int = 1024 * 1024,
        internal: bool = False,  # noqa: FBT001, FBT002
    ) -> Callable[[H], H]:
        def add(handler: H) -> H:
            wants = get_type_hints(handler)
            reply = wants.pop("return", None)
            endpoint = Endpoint(
                method=method,
                path=path,
                roles=tuple(by),
                handler=handler,
                status=status,
                wants=wants,
                reply=reply,
                prepare=prepare,
                media_types=media_types,
                body_limit=body_limit,
                internal=internal,
            )
            _check(endpoint)
            self.endpoints.append(endpoint)
            return handler

        return add


def _check(endpoint: Endpoint) -> None:
    """Refuses, at import, a handler that wants what the kit cannot give."""
    for name, wanted in endpoint.wants.items():
        known = (
            name in endpoint.parameters
            or wanted in (Transaction, Rows, Caller, Incoming, Caller | None)
            or (name in ("body", "query") and inspect.isclass(wanted) and issubclass(wanted, BaseModel))
            or (name == "prepared" and endpoint.prepare is not None)
        )
        if not known:
            raise TypeError(f"{endpoint.method} {endpoint.path}: nothing is known to give for {name!r}")
    missing = set(endpoint.parameters) - set(endpoint.wants)
    if missing and endpoint.prepare is None:
        raise TypeError(f"{endpoint.method} {endpoint.path}: the handler does not take {missing}")
