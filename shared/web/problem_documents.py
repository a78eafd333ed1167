"""Problem documents (RFC 9457): converts broken rules to HTTP answers, here and nowhere else."""

from http import HTTPStatus
from typing import Any

import orjson
from aiohttp import web
from pydantic import ValidationError

from shared.postgres.failures import is_infrastructure_failure
from shared.postgres.transaction import CommitOutcomeUnknown
from shared.problems import FieldProblem, FieldsRefused, Kind, RuleBroken
from shared.web.problems import OutcomeUnknown, ServiceUnavailable, Unexpected

MEDIA_TYPE = "application/problem+json"
STATUS: dict[Kind, HTTPStatus] = {
    Kind.INVALID: HTTPStatus.UNPROCESSABLE_ENTITY,
    Kind.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    Kind.FORBIDDEN: HTTPStatus.FORBIDDEN,
    Kind.UNKNOWN: HTTPStatus.NOT_FOUND,
    Kind.CONFLICT: HTTPStatus.CONFLICT,
    Kind.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Kind.UNSUPPORTED: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    Kind.METHOD: HTTPStatus.METHOD_NOT_ALLOWED,
    Kind.TOO_SLOW: HTTPStatus.REQUEST_TIMEOUT,
    Kind.THROTTLED: HTTPStatus.TOO_MANY_REQUESTS,
    Kind.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    Kind.FAULT: HTTPStatus.INTERNAL_SERVER_ERROR,
}
_RETRY_AFTER_SECONDS = 2
_WHY = {
    "missing": ("请填写此项。", "This field is required."),
    "extra_forbidden": ("没有这一项。", "There is no such field."),
    "string_too_long": ("内容过长。", "It is too long."),
    "string_too_short": ("内容过短。", "It is too short."),
}


def language_of(request: web.Request) -> str:
    """Returns `en` if English is preferred (by weight, then by order), otherwise `zh`."""
    wanted = request.headers.get("Accept-Language", "").lower().split(",")
    known = [part for part in map(str.strip, wanted) if part.startswith(("zh", "en"))]
    return max(known, key=_weight, default="zh")[:2]


def _weight(part: str) -> float:
    _, _, weight = part.partition("q=")
    try:
        return float(weight or 1)
    except ValueError:
        return 0


def document(problem: RuleBroken, language: str, correlation_id: str) -> dict[str, Any]:
    """Builds the problem document in one language; the rule's facts are extension members."""
    status = STATUS[problem.kind]
    body: dict[str, Any] = {
        **{name: value for name, value in problem.facts.items() if _plain(value)},
        "type": f"urn:fuma:problem:{problem.code}",
        "title": problem.message(language),
        "status": int(status),
        "code": problem.code,
        "correlation_id": correlation_id,
    }
    if next_step := problem.next_step(language):
        body["next_step"] = next_step
    if problem.fields:
        body["errors"] = [
            {"field": one.field, "code": one.code, "message": one.en if language == "en" else one.zh}
            for one in problem.fields
        ]
    return body


def _plain(value: object) -> bool:
    return isinstance(value, str | int | float | bool | list | dict) or value is None


def response(problem: RuleBroken, request: web.Request, correlation_id: str) -> web.Response:
    """Builds the HTTP answer for a broken rule; what passes says when to try again."""
    language = language_of(request)
    content_language = "en" if language == "en" else "zh-CN"
    headers = {"Content-Language": content_language, "Cache-Control": "no-store", **problem.headers}
    if problem.kind in (Kind.UNAVAILABLE, Kind.THROTTLED):
        headers.setdefault("Retry-After", str(_RETRY_AFTER_SECONDS))
    body = orjson.dumps(document(problem, language, correlation_id), default=str)
    return web.Response(body=body, status=STATUS[problem.kind], content_type=MEDIA_TYPE, headers=headers)


def problem_of(error: Exception, correlation_id: str) -> RuleBroken:
    """Converts an error without a rule: it is transient, has an unknown outcome, or is a fault."""
    if isinstance(error, CommitOutcomeUnknown):
        return OutcomeUnknown()
    if is_infrastructure_failure(error):
        return ServiceUnavailable()
    return Unexpected(correlation_id=correlation_id)


def refused_fields(error: ValidationError) -> FieldsRefused:
    """Converts pydantic's errors about a body, field by field, to both languages."""
    problems = []
    for one in error.errors(include_url=False, include_input=False):
        zh, en = _WHY.get(one["type"], ("内容不符合要求。", one["msg"]))
        cause = one.get("ctx", {}).get("error")
        if isinstance(cause, RuleBroken):
            zh, en = cause.message("zh"), cause.message("en")
        name = ".".join(str(part) for part in one["loc"])
        problems.append(FieldProblem(field=name, code=one["type"].replace("_", "-"), zh=zh, en=en))
    return FieldsRefused(fields=tuple(problems))
