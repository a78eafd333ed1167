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
