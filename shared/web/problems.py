"""What any endpoint may answer instead of its own refusals: faults, and requests that HTTP itself is wrong in."""

from shared.problems import Kind, RuleBroken


class Unexpected(RuleBroken):
    """A fault of the platform: a retry does not help, the operators have to fix it."""

    code = "unexpected"
    kind = Kind.FAULT
    zh = "系统出现错误，未能完成此操作，错误已记录。"
    en = "A system error prevented this; it has been recorded."
    next_zh = "请联系平台，并提供编号 {correlation_id}。"
    next_en = "Contact the platform's operators and quote {correlation_id}."


class ServiceUnavailable(RuleBroken):
    """Something that the request needs is unavailable; nothing has been done."""

    code = "service-unavailable"
    kind = Kind.UNAVAILABLE
    zh = "系统暂时繁忙或不可用，您的操作没有执行。"
    en = "The system is busy or unavailable at the moment; nothing was done."
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
    next_zh = "请按接口文档（/api/v1/docs）检查请求内容。"
    next_en = "Check the body against the API reference (/api/v1/docs)."


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
    en = "The text contains a NUL character, which cannot be stored."
    next_zh = "请删除该字符后重试。"
    next_en = "Remove it and try again."


class MethodNotAllowed(RuleBroken):
    """The path exists, but does not support this method."""

    code = "method-not-allowed"
    kind = Kind.METHOD
    zh = "此地址不支持 {method} 方法。"
    en = "This address does not support the method {method}."
    next_zh = "可用的方法：{allowed}。"
    next_en = "Allowed methods: {allowed}."


class NoSuchPath(RuleBroken):
    """The path does not exist."""

    code = "no-such-path"
    kind = Kind.UNKNOWN
    zh = "没有这个地址。"
    en = "This address does not exist."
    next_zh = "请核对地址；可用的接口见接口文档（/api/v1/docs）。"
    next_en = "Check the address; the API reference (/api/v1/docs) lists all."


class IdempotencyKeyReused(RuleBroken):
    """A key was reused for another request."""

    code = "idempotency-key-reused"
    kind = Kind.INVALID
    zh = "同一幂等键已用于另一个请求。"
    en = "This idempotency key has been used for another request."
    next_zh = "请为新的请求使用新的键。"
    next_en = "Use a new key for a new request."


class IdempotencyKeyInvalid(RuleBroken):
    """A key is empty or too long."""

    code = "idempotency-key-invalid"
    kind = Kind.INVALID
    zh = "幂等键应为 1 至 200 个字符。"
    en = "An idempotency key has 1 to 200 characters."
    next_zh = "请使用新的 UUID 作为幂等键。"
    next_en = "Use a new UUID as the key."


class CursorRefused(RuleBroken):
    """The cursor does not belong to this list with these filters."""

    code = "cursor-refused"
    kind = Kind.INVALID
    zh = "翻页位置无效。"
    en = "The page cursor is not valid."
    next_zh = "请从第一页重新查看。"
    next_en = "Start again from the first page."
