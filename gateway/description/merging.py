"""Merges the services' descriptions into one OpenAPI 3.1 document; pure and deterministic."""

from collections.abc import Mapping
from typing import Any

from gateway.description.components import PROBLEM_SCHEMA, SECURITY_SCHEMES
from shared.web.openapi import PROBLEM

VERSION = "1.0.0"
_SCHEMAS = "#/components/schemas/"
_METHODS = frozenset({"get", "put", "post", "delete", "patch", "head", "options", "trace"})


def openapi(parts: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Merges the parts of the gateway and of each service, by their names."""
    document = _empty()
    for name in sorted(parts):
        _add(document, name, parts[name])
    document["tags"].sort(key=lambda tag: str(tag["name"]))
    document["paths"] = dict(sorted(document["paths"].items()))
    schemas = document["components"]["schemas"]
    document["components"]["schemas"] = dict(sorted(schemas.items()))
    return document


def _empty() -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "赋码 Fuma",
            "version": VERSION,
            "summary": "医疗机构赋码平台接口 / The platform on which medical institutions get their codes",
        },
        "servers": [{"url": "/api/v1"}],
        "tags": [],
        "paths": {},
        "components": {
            "schemas": {"Problem": PROBLEM_SCHEMA},
            "responses": {"Problem": PROBLEM},
            "securitySchemes": SECURITY_SCHEMES,
        },
    }


def _add(document: dict[str, Any], service: str, part: Mapping[str, Any]) -> None:
    known = document["components"]["schemas"]
    given: Mapping[str, Any] = part.get("schemas", {})
    renamed = {
        name: f"{service.capitalize()}{name}"
        for name, schema in given.items()
        if known.get(name, schema) != schema
    }
    for name, schema in given.items():
        known[renamed.get(name, name)] = _with_renamed_references(schema, renamed)
    taken = {operation["operationId"] for _, operation in operations(document)}
    for path, methods in part.get("paths", {}).items():
        for method, operation in methods.items():
            placed = _with_renamed_references(operation, renamed)
            if placed.get("operationId") in taken:
                placed = placed | {"operationId": f"{service}_{placed['operationId']}"}
            document["paths"].setdefault(path, {})[method] = placed
    document["tags"] += [tag for tag in part.get("tags", []) if tag not in document["tags"]]


def operations(document: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Yields all operations of a document, each with `METHOD path`."""
    return [
        (f"{method.upper()} {path}", operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method in _METHODS
    ]


def _with_renamed_references(schema: Any, renamed: Mapping[str, str]) -> Any:
    """Renames the references in a schema."""
    if isinstance(schema, dict):
        return {
            key: _target(value, renamed) if key == "$ref" else _with_renamed_references(value, renamed)
            for key, value in schema.items()
        }
    return [_with_renamed_references(one, renamed) for one in schema] if isinstance(schema, list) else schema


def _target(reference: str, renamed: Mapping[str, str]) -> str:
    name = reference.removeprefix(_SCHEMAS)
    return f"{_SCHEMAS}{renamed[name]}" if name in renamed else reference
