"""OpenAPI 3.1 from the routes themselves: what a handler's annotations say is what the document says."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from shared.web.idempotency import HEADER
from shared.web.routes import Download, Endpoint, Routes

_REF = "#/components/schemas/{model}"
_PROBLEM = {
    "description": "Refused; the problem document says why and what can be done.",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def fragment(routes: Sequence[Routes]) -> dict[str, Any]:
    """`paths`, `tags` and `components.schemas` of the given routes; internal ones are left out."""
    endpoints = [(part.tag, one) for part in routes for one in part.endpoints if not one.internal]
    models = {model for _, one in endpoints for model in _models(one)}
    pairs = sorted(((model, "validation") for model in models), key=lambda pair: pair[0].__name__)
    known, definitions = models_json_schema(pairs, ref_template=_REF)  # type: ignore[arg-type]
    paths: dict[str, Any] = {}
    for tag, one in endpoints:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(tag, one, known)
    tags = [{"name": name} for name in dict.fromkeys(tag for tag, _ in endpoints)]
    return {"paths": paths, "tags": tags, "schemas": definitions.get("$defs", {})}


def _models(endpoint: Endpoint) -> list[type[BaseModel]]:
    wanted = [endpoint.wants.get("body"), endpoint.reply]
    return [one for one in wanted if isinstance(one, type) and issubclass(one, BaseModel)]


def _operation(tag: str, endpoint: Endpoint, known: Any) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "tags": [tag],
        "operationId": f"{tag}_{endpoint.handler.__name__}",
        "summary": endpoint.summary,
        "parameters": [*_path_parameters(endpoint), *_query_parameters(endpoint), *_key_parameter(endpoint)],
        "responses": {str(endpoint.status): _answer(endpoint, known), "default": _PROBLEM},
    }
    if not endpoint.is_public:
        operation["security"] = [{"bearer": []}, {"cookie": []}]
        operation["description"] = f"Roles: {', '.join(role.value for role in endpoint.roles)}."
    body = endpoint.wants.get("body")
    if body is not None:
        operation["requestBody"] = _content("application/json", known[(body, "validation")])
    elif endpoint.media_types != ("application/json",):
        operation["requestBody"] = {
            "required": True,
            "content": {kind: {"schema": _raw(kind)} for kind in endpoint.media_types},
        }
    return operation


def _raw(kind: str) -> dict[str, Any]:
    if kind.startswith("multipart/"):
        files = {"type": "array", "items": {"type": "string", "format": "binary"}}
        return {"type": "object", "properties": {"file": files}}
    return {"type": "string", "format": "binary"}


def _content(kind: str, schema: Any) -> dict[str, Any]:
    return {"required": True, "content": {kind: {"schema": schema}}}


def _answer(endpoint: Endpoint, known: Any) -> dict[str, Any]:
    if endpoint.reply is Download:
        media = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
        return {"description": "The file.", "content": media}
    if isinstance(endpoint.reply, type) and issubclass(endpoint.reply, BaseModel):
        schema = known[(endpoint.reply, "validation")]
        return {"description": endpoint.summary, "content": {"application/json": {"schema": schema}}}
    return {"description": "Done."}


def _path_parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    schemas = {UUID: {"type": "string", "format": "uuid"}, int: {"type": "integer"}}
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": schemas.get(endpoint.wants.get(name, str), {"type": "string"}),
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
        {"name": name, "in": "query", "required": name in required, "schema": _inlined(one, definitions)}
        for name, one in schema["properties"].items()
    ]


def _inlined(schema: Any, definitions: dict[str, Any]) -> Any:
    """A query parameter's schema with the definitions that it refers to put in their places."""
    if isinstance(schema, dict):
        if "$ref" in schema:
            return _inlined(definitions[schema["$ref"].rsplit("/", 1)[-1]], definitions)
        return {name: _inlined(value, definitions) for name, value in schema.items()}
    return [_inlined(one, definitions) for one in schema] if isinstance(schema, list) else schema


def _key_parameter(endpoint: Endpoint) -> list[dict[str, Any]]:
    if not endpoint.keeps_answers:
        return []
    about = "The same key with the same request has one effect and gives the same answer."
    schema = {"type": "string", "maxLength": 200}
    return [{"name": HEADER, "in": "header", "required": False, "description": about, "schema": schema}]
