"""Shared components of the OpenAPI document: problem documents, and the security schemes."""

from typing import Any

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
