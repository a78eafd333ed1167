"""Builds the OpenAPI 3.1 document from the routes and the annotations of their handlers."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from shared.web.idempotency import HEADER, LONGEST_KEY
from shared.web.problem_documents import MEDIA_TYPE
from shared.web.routes import JSON, Download, Endpoint, Routes

_REF = "#/components/schemas/{model}"
_BINARY = {"type": "string", "format": "binary"}
PROBLEM = {
    "description": "Refused; the problem document says why and what can be done.",
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_REFUSED = {"$ref": "#/components/responses/Problem"}
# Any request may exceed a limit, be too slow, meet a fault, or need a service that is unavailable.
_ALWAYS = (408, 429, 500, 503)


def fragment(routes: Sequence[Routes]) -> dict[str, Any]:
    """Builds `paths`, `tags` and `components.schemas` of the routes, without the internal ones."""
    endpoints = [(part.tag, one) for part in routes for one in part.endpoints if not one.internal]
    models = {model for _, one in endpoints for model in _models(one)}
    pairs = sorted(models, key=lambda pair: (pair[0].__name__, pair[1]))
    known, definitions = models_json_schema(pairs, ref_template=_REF)  # type: ignore[arg-type]
    paths: dict[str, Any] = {}
    for tag, one in endpoints:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(tag, one, known)
    tags = [{"name": name} for name in dict.fromkeys(tag for tag, _ in endpoints)]
    return {"paths": paths, "tags": tags, "schemas": definitions.get("$defs", {})}


def _models(endpoint: Endpoint) -> Iterator[tuple[type[BaseModel], str]]:
    """Describes request bodies as they are validated, answers as they are serialised."""
    if (body := endpoint.wants.get("body")) is not None:
        yield body, "validation"
    if _is_model(endpoint.reply):
        yield endpoint.reply, "serialization"


def _is_model(reply: Any) -> bool:
    return isinstance(reply, type) and issubclass(reply, BaseModel)


def _operation(tag: str, endpoint: Endpoint, known: Any) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "tags": [tag],
        "operationId": f"{tag}_{endpoint.handler.__name__}",
        "summary": endpoint.summary,
        "parameters": [*_path_parameters(endpoint), *_query_parameters(endpoint), *_key_parameter(endpoint)],
        "responses": {
            str(endpoint.status): _answer(endpoint, known),
            **{str(status): _REFUSED for status in _refusals(endpoint)},
            "default": _REFUSED,
        },
    }
    if not endpoint.is_public:
        operation["security"] = [{"bearer": []}, {"cookie": []}]
        operation["description"] = f"Roles: {', '.join(role.value for role in endpoint.roles)}."
    body = endpoint.wants.get("body")
    if body is not None:
        operation["requestBody"] = _content(JSON, known[(body, "validation")])
    elif endpoint.media_types != (JSON,):
        operation["requestBody"] = {
            "required": True,
            "content": {kind: {"schema": _raw(kind)} for kind in endpoint.media_types},
        }
    return operation


def _refusals(endpoint: Endpoint) -> list[int]:
    """Lists the error statuses of an endpoint."""
    changes, has_body = endpoint.method != "GET", _takes_body(endpoint)
    statuses = [
        *_ALWAYS,
        *((401,) if not endpoint.is_public or "sessions" in endpoint.path else ()),
        *((403,) if not endpoint.is_public or changes else ()),
        *((404,) if endpoint.parameters or endpoint.wants.get("query") else ()),
        *((409,) if changes else ()),
        *((413, 415) if has_body else ()),
        422,
    ]
    return sorted(statuses)


def _takes_body(endpoint: Endpoint) -> bool:
    return "body" in endpoint.wants or endpoint.media_types != (JSON,)


def _raw(kind: str) -> dict[str, Any]:
    if kind.startswith("multipart/"):
        return {"type": "object", "properties": {"file": {"type": "array", "items": _BINARY}}}
    return _BINARY


def _content(kind: str, schema: Any) -> dict[str, Any]:
    return {"required": True, "content": {kind: {"schema": schema}}}


def _answer(endpoint: Endpoint, known: Any) -> dict[str, Any]:
    if endpoint.reply is Download:
        return {"description": "The file.", "content": {endpoint.produces: {"schema": _BINARY}}}
    if endpoint.reply is web.Response:
        schema: dict[str, Any] = {} if endpoint.produces == JSON else {"type": "string"}
        return {"description": endpoint.summary, "content": {endpoint.produces: {"schema": schema}}}
    if _is_model(endpoint.reply):
        schema = known[(endpoint.reply, "serialization")]
        return {"description": endpoint.summary, "content": {JSON: {"schema": schema}}}
    return {"description": "Done."}


def _path_parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    schemas = {UUID: {"type": "string", "format": "uuid"}, int: {"type": "integer"}}
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": schemas.get(endpoint.wants.get(name, str), {"type": "string", "minLength": 1}),
        }
        for name in endpoint.parameters
    ]


def _query_parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    query = endpoint.wants.get("query")
    if query is None:
        return []
    schema = query.model_json_schema()
    definitions = schema.get("$defs", {})
    required = schema.get("required", [])
    return [
        {
            "name": name,
            "in": "query",
            "required": name in required,
            "schema": _without_null(_inlined(one, definitions)),
        }
        for name, one in schema["properties"].items()
    ]


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Returns the schema of an optional parameter without null, which a query cannot express."""
    rest = {name: value for name, value in schema.items() if name != "anyOf"}
    if rest.get("default", ...) is None:
        del rest["default"]
    kinds = [one for one in schema.get("anyOf", []) if one.get("type") != "null"]
    if len(kinds) == 1:
        return {**kinds[0], **rest}
    return {**rest, "anyOf": kinds} if kinds else rest


def _inlined(schema: Any, definitions: dict[str, Any]) -> Any:
    """Replaces references in a query parameter's schema by the definitions that they name."""
    if isinstance(schema, dict):
        if "$ref" in schema:
            return _inlined(definitions[schema["$ref"].rsplit("/", 1)[-1]], definitions)
        return {name: _inlined(value, definitions) for name, value in schema.items()}
    return [_inlined(one, definitions) for one in schema] if isinstance(schema, list) else schema


def _key_parameter(endpoint: Endpoint) -> list[dict[str, Any]]:
    if not endpoint.keeps_answers:
        return []
    about = "The same key with the same request has one effect and gives the same answer."
    schema = {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY}
    return [{"name": HEADER, "in": "header", "required": False, "description": about, "schema": schema}]
