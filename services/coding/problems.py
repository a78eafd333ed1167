"""The errors of coding."""

from shared.problems import Kind, RuleBroken


class SerialsExhausted(RuleBroken):
    """A prefecture has used up its serial numbers; codes never wrap around."""

    code = "serials-exhausted"
    kind = Kind.CONFLICT
    zh = "{prefecture} 的 {prefix} 类编码已用完（最多 {capacity} 个）。"
    en = "The {prefix} serials of {prefecture} are used up ({capacity} at most)."
    next_zh = "请联系国家医保局扩充编码。"
    next_en = "The nation's unit has to extend the code format."


class KindWithoutCodes(RuleBroken):
    """No code format is known for this kind of record."""

    code = "kind-without-codes"
    kind = Kind.INVALID
    zh = "“{subject_kind}”类没有编码规则。"
    en = "There is no code format for records of the kind {subject_kind!r}."
    next_zh = "请核对类别；可用的类别见编码政策列表。"
    next_en = "Check the kind against the list of policies."
