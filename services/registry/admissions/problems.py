"""The refusals that concern admission, each with its reason and the next step."""

from shared.problems import Kind, RuleBroken


class MilitaryNotYet(RuleBroken):
    """Military institutions are not let in at present (AUT-4)."""

    code = "military-not-yet"
    kind = Kind.CONFLICT
    zh = "按国家医疗保障局现行政策，部队医疗机构暂不开放维护。"
    en = "By present policy of the national administration, military institutions cannot be maintained yet."
    next_zh = "开放时间以国家医疗保障局通知为准。"
    next_en = "The national administration will announce when they can."


class TcmFilingNotYet(RuleBroken):
    """Clinics that hold a filing certificate of traditional medicine alone are not let in at present (AUT-4)."""

    code = "tcm-filing-not-yet"
    kind = Kind.CONFLICT
    zh = "按国家医疗保障局现行政策，仅持有中医诊所备案证的机构暂不开放维护。"
    en = (
        "By present policy of the national administration, clinics that hold a filing certificate of traditional "
        "medicine alone cannot be maintained yet."
    )
    next_zh = "取得医疗机构执业许可证后可以维护；开放时间以国家医疗保障局通知为准。"
    next_en = (
        "A clinic with a practising licence can be maintained; the national administration will announce the rest."
    )
