"""The gateway's own errors."""

from shared.problems import Kind, RuleBroken


class CrossSiteRefused(RuleBroken):
    """Another web site made a browser send this request."""

    code = "cross-site-refused"
    kind = Kind.FORBIDDEN
    zh = "该请求来自其他网站，已被拒绝。"
    en = "This request came from another web site and was refused."
    next_zh = "请在本平台的页面上操作。"
    next_en = "Use this platform's own pages."


class SessionOver(RuleBroken):
    """The session has ended or never existed."""

    code = "session-over"
    kind = Kind.UNAUTHENTICATED
    zh = "登录已失效。"
    en = "The session has ended."
    next_zh = "请重新登录，您填写的内容不会丢失。"
    next_en = "Sign in again; nothing you typed is lost."


class BudgetSpent(RuleBroken):
    """A rate limit was exceeded."""

    code = "too-many-requests"
    kind = Kind.THROTTLED
    zh = "操作过于频繁。"
    en = "Too many requests."
    next_zh = "请在 {seconds} 秒后再试。"
    next_en = "Try again in {seconds} s."


class BudgetSpentBeforeReview(RuleBroken):
    """An account that is not approved yet has reached the limit for such accounts (ACC-2)."""

    code = "too-many-before-review"
    kind = Kind.THROTTLED
    zh = "账号尚未审核通过，此类操作已达到审核前的上限。"
    en = "The account is not approved yet and has reached the limit for accounts before approval."
    next_zh = "请先提交账号审核；审核通过后不受此限制。如需继续，请在 {seconds} 秒后再试。"
    next_en = "Have the account reviewed: once approved it has no such limit. Or try again in {seconds} s."


class SignInThrottled(RuleBroken):
    """Too many attempts to sign in have failed, under this name or from this address."""

    code = "sign-in-throttled"
    kind = Kind.THROTTLED
    zh = "登录失败次数过多，请在 {seconds} 秒后再试。"
    en = "Too many attempts to sign in have failed; wait {seconds} s."
    next_zh = "如忘记密码，请使用密码找回。"
    next_en = "If you forgot the password, reset it."
