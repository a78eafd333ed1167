"""The gateway's own part of the OpenAPI document: sessions, and the documents themselves."""

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from gateway.sessions.credentials import Credentials
from gateway.sessions.routes import CurrentSession, ListedSessions, SessionView

_REF = "#/components/schemas/{model}"
_PROBLEM = {"$ref": "#/components/responses/Problem"}

PROBLEM_SCHEMA: dict[str, Any] = {
    "title": "Problem",
    "description": "RFC 9457 problem document, in Chinese or English by Accept-Language; facts of the broken rule "
    "are further members.",
    "type": "object",
    "required": ["type", "title", "status", "code", "correlation_id"],
    "properties": {
        "type": {"type": "string", "description": "`urn:fuma:problem:` and the code."},
        "title": {"type": "string", "description": "Why it was refused."},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable name of the broken rule."},
        "correlation_id": {"type": "string", "description": "What to quote when asking about it."},
        "next_step": {"type": "string", "description": "What can be done now."},
        "errors": {
            "type": "array",
            "description": "Every field that needs correction.",
            "items": {
                "type": "object",
                "required": ["field", "code", "message"],
                "properties": {
                    "field": {"type": "string"},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                },
            },
        },
    },
}
SECURITY_SCHEMES: dict[str, Any] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "The token that POST /sessions answered.",
    },
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": "__Host-fuma-session",
        "description": "Set by POST /sessions; requests that change something come from our own pages and bear "
        "the header X-Fuma-Page.",
    },
}
_ENDED = {"description": "Signed out."}
_SESSION_ID = {
    "name": "session_id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "format": "uuid"},
}
_SIGNED_IN: list[dict[str, list[str]]] = [{"bearer": []}, {"cookie": []}]


def own_part() -> dict[str, Any]:
    """`paths`, `tags` and `schemas` of the gateway's own endpoints, in the form of a service's fragment."""
    models: list[type[BaseModel]] = [Credentials, CurrentSession, ListedSessions, SessionView]
    _, definitions = models_json_schema([(model, "validation") for model in models], ref_template=_REF)
    return {
        "paths": {**_session_paths(), **_document_paths()},
        "tags": [{"name": "sessions"}, {"name": "interface"}],
        "schemas": definitions["$defs"],
    }


def _session_paths() -> dict[str, Any]:
    body = {"required": True, "content": _json("Credentials")}
    opened = {"description": "Signed in; the session also comes as a cookie.", "content": _json("SessionView")}
    listed = {"description": "The sessions that have not ended.", "content": _json("ListedSessions")}
    current = {"description": "The account.", "content": _json("CurrentSession")}
    return {
        "/sessions": {
            "post": _operation("sessions", "sign_in", "Sign in.", {"201": opened}) | {"requestBody": body},
            "get": _operation("sessions", "list_own", "Where the account is signed in.", {"200": listed})
            | {"security": _SIGNED_IN},
            "delete": _operation("sessions", "end_all", "Sign out everywhere.", {"204": _ENDED})
            | {"security": _SIGNED_IN},
        },
        "/sessions/{session_id}": {
            "delete": _operation("sessions", "end_one", "Sign out elsewhere.", {"204": _ENDED})
            | {"security": _SIGNED_IN, "parameters": [_SESSION_ID]},
        },
        "/sessions/current": {
            "get": _operation("sessions", "current", "Who is signed in.", {"200": current})
            | {"security": _SIGNED_IN},
            "delete": _operation("sessions", "sign_out", "Sign out.", {"204": _ENDED}) | {"security": _SIGNED_IN},
        },
    }


def _document_paths() -> dict[str, Any]:
    answer = {"200": {"description": "The document.", "content": {"application/json": {"schema": {}}}}}
    page = {"200": {"description": "A page.", "content": {"text/html": {"schema": {"type": "string"}}}}}
    return {
        "/openapi.json": {"get": _operation("interface", "openapi", "This document.", answer)},
        "/asyncapi.json": {"get": _operation("interface", "asyncapi", "The events, as AsyncAPI.", answer)},
        "/docs": {"get": _operation("interface", "docs", "This document as a page.", page)},
    }


def _operation(tag: str, name: str, summary: str, responses: dict[str, Any]) -> dict[str, Any]:
    return {
        "tags": [tag],
        "operationId": f"{tag}_{name}",
        "summary": summary,
        "responses": {**responses, "default": _PROBLEM},
    }


def _json(model: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{model}"}}}
