"""Broken rules: each has a stable code, a Chinese and an English message, and the next step."""

from enum import StrEnum
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict


class Kind(StrEnum):
    """The kinds of errors; only the web kit maps them to HTTP statuses."""

    INVALID = "invalid"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    UNKNOWN = "unknown"
    CONFLICT = "conflict"
    TOO_LARGE = "too-large"
    UNSUPPORTED = "unsupported"
    METHOD = "method"
    TOO_SLOW = "too-slow"
    THROTTLED = "throttled"
    UNAVAILABLE = "unavailable"
    FAULT = "fault"


class FieldProblem(BaseModel):
    """A field that is refused: its name, a stable code and the reason in both languages."""

    model_config = ConfigDict(frozen=True)

    field: str
    code: str
    zh: str
    en: str


class RuleBroken(Exception):
    """Base of every error that breaks a rule; subclasses define code, kind, messages and next step.

    `zh`, `en`, `next_zh` and `next_en` are `str.format` templates that take the keyword arguments, which also
    travel to the caller as extension members of the problem document.
    """

    code: ClassVar[str]
    kind: ClassVar[Kind]
    zh: ClassVar[str]
    en: ClassVar[str]
    next_zh: ClassVar[str] = ""
    next_en: ClassVar[str] = ""

    def __init__(self, *, fields: tuple[FieldProblem, ...] = (), **facts: Any) -> None:
        super().__init__(self.code, facts)
        self.fields = fields
        self.facts = facts
        self.headers: dict[str, str] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (type(self), self.fields, self.facts, self.headers)

    def message(self, language: str) -> str:
        """Returns the reason, in `zh` or `en`."""
        return (self.en if language == "en" else self.zh).format(**self.facts)

    def next_step(self, language: str) -> str:
        """Returns what the reader can do now, in `zh` or `en`; empty if there is nothing to do."""
        return (self.next_en if language == "en" else self.next_zh).format(**self.facts)

    def __str__(self) -> str:
        return f"{self.code}: {self.message('en')}"

    @classmethod
    def unless(cls, condition: object, **facts: Any) -> None:
        """Raises the error unless the rule holds."""
        if not condition:
            raise cls(**facts)

    def after(self, seconds: int) -> Self:
        """Returns the error with the time after which the caller may try again."""
        return self.with_header("Retry-After", str(seconds))

    def with_header(self, name: str, value: str) -> Self:
        """Returns the error with an HTTP header for its answer."""
        self.headers[name] = value
        return self


def _rebuilt(
    rule: type[RuleBroken],
    fields: tuple[FieldProblem, ...],
    facts: dict[str, Any],
    headers: dict[str, str],
) -> RuleBroken:
    """Rebuilds an error that crossed a process boundary."""
    problem = rule(fields=fields, **facts)
    problem.headers = headers
    return problem


class FieldsRefused(RuleBroken):
    """Some fields of a form are missing or wrong; the error names each of them."""

    code = "fields-refused"
    kind = Kind.INVALID
    zh = "有 {count} 项内容需要更正。"
    en = "{count} fields need correction."
    next_zh = "请按每一项的提示更正后重新提交。"
    next_en = "Correct each field as its message says and submit again."

    def __init__(self, *, fields: tuple[FieldProblem, ...], **facts: Any) -> None:
        super().__init__(fields=fields, **{**facts, "count": len(fields)})


class ProblemText(BaseModel):
    """A refusal that is shown beside other things: its code, and message and next step in both languages."""

    code: str
    zh: str
    en: str
    next_zh: str
    next_en: str


def texts_of(problem: RuleBroken) -> dict[str, str]:
    """Returns the fields of a ProblemText."""
    words = {"zh": problem.message("zh"), "en": problem.message("en")}
    return {"code": problem.code, **words, "next_zh": problem.next_step("zh"), "next_en": problem.next_step("en")}


class NotFound(RuleBroken):
    """The thing does not exist, or the caller may not know that it does."""

    code = "not-found"
    kind = Kind.UNKNOWN
    zh = "没有找到，或您无权查看。"
    en = "It was not found, or you may not see it."
    next_zh = "请核对编号，或确认您登录的账号。"
    next_en = "Check the identifier, or the account you are signed in with."


class ChangedMeanwhile(RuleBroken):
    """Somebody changed the record after the caller read it."""

    code = "changed-meanwhile"
    kind = Kind.CONFLICT
    zh = "该记录已被更新（当前版本 {current}，您看到的是版本 {seen}）。"
    en = "The record has changed (it is at version {current}, you saw version {seen})."
    next_zh = "请刷新后再操作，您填写的内容不会丢失。"
    next_en = "Reload it and try again; nothing you typed is lost."


class RoleRequired(RuleBroken):
    """The caller's role may not do this."""

    code = "role-required"
    kind = Kind.FORBIDDEN
    zh = "您的账号类型不能进行此操作。"
    en = "Your type of account may not do this."
    next_zh = "请使用有权限的账号登录。"
    next_en = "Sign in with an account that has the permission."


class SignInRequired(RuleBroken):
    """The caller is not signed in."""

    code = "sign-in-required"
    kind = Kind.UNAUTHENTICATED
    zh = "请先登录。"
    en = "Please sign in first."
    next_zh = "登录后继续。"
    next_en = "Sign in and continue."
