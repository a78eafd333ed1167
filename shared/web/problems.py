"""Problem documents (RFC 9457): converts broken rules to HTTP answers, here and nowhere else."""

from http import HTTPStatus
from typing import Any

import orjson
from aiohttp import web
from pydantic import ValidationError

from shared.postgres.failures import is_infrastructure_failure
from shared.postgres.transaction import CommitOutcomeUnknown
from shared.problems import FieldProblem, FieldsRefused, Kind, RuleBroken

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


class Unexpected(RuleBroken):
    """A fault of the platform: a retry does not help, the operators have to fix it."""

    code = "unexpected"
    kind = Kind.FAULT
    zh = "系统出现错误，未能完成此操作，错误已记录。"
    en = "A fault of the system kept this from being done; it has been recorded."
    next_zh = "请联系平台，并提供编号 {correlation_id}。"
    next_en = "Tell the platform's operators, and quote {correlation_id}."


class ServiceUnavailable(RuleBroken):
    """Something that the request needs is unavailable; nothing has been done."""

    code = "service-unavailable"
    kind = Kind.UNAVAILABLE
    zh = "系统暂时繁忙或不可用，您的操作没有执行。"
    en = "The system is busy or away at the moment; nothing was done."
    next_zh = "请稍后重试。"
    next_en = "Try again in a moment."


class OutcomeUnknown(RuleBroken):
    """The answer to a request was lost; whether a change was made is unknown."""

    code = "outcome-unknown"
    kind = Kind.UNAVAILABLE
    zh = "没有收到处理结果，无法确认操作是否已完成。"
    en = "The answer was lost; it is not known whether the request was carried out."
    next_zh = "请刷新查看结果；若使用幂等键，可用同一个键放心重试。"
    next_en = "Reload to see; with the same Idempotency-Key the request can be repeated safely."


class BodyTooLarge(RuleBroken):
    """The body exceeds the limit."""

    code = "body-too-large"
    kind = Kind.TOO_LARGE
    zh = "提交的内容超过 {limit_mb} MB 的上限。"
    en = "The body exceeds the limit of {limit_mb} MB."
    next_zh = "请压缩或拆分后再上传。"
    next_en = "Make it smaller, or send it in parts."


class BodyTooSlow(RuleBroken):
    """The body arrives too slowly."""

    code = "body-too-slow"
    kind = Kind.TOO_SLOW
    zh = "提交的内容传输过慢，未能完成接收，操作没有执行。"
    en = "The body arrived too slowly and was not received; nothing was done."
    next_zh = "请检查网络后重试。"
    next_en = "Check the network and try again."


class BodyNotJson(RuleBroken):
    """The body is not JSON."""

    code = "body-not-json"
    kind = Kind.INVALID
    zh = "提交的内容不是有效的 JSON。"
    en = "The body is not valid JSON."


class MediaTypeNotAccepted(RuleBroken):
    """The endpoint does not accept the body's media type."""

    code = "media-type-not-accepted"
    kind = Kind.UNSUPPORTED
    zh = "不接受 {given} 类型的内容。"
    en = "A body of type {given} is not accepted."
    next_zh = "可接受：{accepted}。"
    next_en = "Accepted: {accepted}."


class ContentEncodingRefused(RuleBroken):
    """The body is compressed or encoded in another way."""

    code = "content-encoding-refused"
    kind = Kind.UNSUPPORTED
    zh = "不接受经过 {given} 编码的内容。"
    en = "A body with Content-Encoding {given} is not accepted."
    next_zh = "请不加压缩地发送。"
    next_en = "Send it without an encoding."


class CharacterRefused(RuleBroken):
    """A text contains the NUL character, which Postgres cannot store."""

    code = "character-refused"
    kind = Kind.INVALID
    zh = "内容中含有不能保存的空字符（NUL）。"
    en = "The text contains a NUL character, which cannot be kept."
    next_zh = "请删除该字符后重试。"
    next_en = "Remove it and try again."


class MethodNotAllowed(RuleBroken):
    """The path exists, but does not support this method."""

    code = "method-not-allowed"
    kind = Kind.METHOD
    zh = "此地址不支持 {method} 方法。"
    en = "This address has no method {method}."
    next_zh = "可用的方法：{allowed}。"
    next_en = "It has: {allowed}."


class NoSuchPath(RuleBroken):
    """The path does not exist."""

    code = "no-such-path"
    kind = Kind.UNKNOWN
    zh = "没有这个地址。"
    en = "There is no such address."


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
