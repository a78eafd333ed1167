"""The refusals that concern institutions alone."""

from shared.problems import Kind, RuleBroken


class MilitaryNotYet(RuleBroken):
    """Military institutions are not let in at present (AUT-4)."""

    code = "military-not-yet"
    kind = Kind.CONFLICT
    zh = "按国家医疗保障局现行政策，部队医疗机构暂不开放维护。"
    en = "By present policy of the national administration, military institutions cannot be maintained yet."
    next_zh = "开放时间以国家医疗保障局通知为准。"
    next_en = "The national administration will announce when they can."


class NumberChangeNeeded(RuleBroken):
    """After coding the two numbers are changed by a reviewed application only (INS-4)."""

    code = "number-change-needed"
    kind = Kind.CONFLICT
    zh = "该机构已赋码，统一社会信用代码和执业许可证登记号不能直接修改。"
    en = "The institution bears a code: its credit code and licence number cannot be changed directly."
    next_zh = "请办理证号变更申请，原编码不变。"
    next_en = "Apply for a number change; the code stays."
