"""The refusals that concern providers of both kinds."""

from shared.problems import Kind, RuleBroken


class NumberChangeNeeded(RuleBroken):
    """After coding the two numbers are changed by a reviewed application only (INS-4)."""

    code = "number-change-needed"
    kind = Kind.CONFLICT
    zh = "“{name}”已赋码，统一社会信用代码和许可证号不能直接修改。"
    en = "“{name}” has a code: its credit code and licence number cannot be changed directly."
    next_zh = "请办理证号变更申请，原编码不变。"
    next_en = "Apply for a number change; the code stays the same."
