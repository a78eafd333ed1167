"""The refusals that concern applications of every kind, each with its reason and the next step."""

from shared.problems import Kind, RuleBroken


class ApplicationOpen(RuleBroken):
    """A provider has one application of a kind at a time."""

    code = "application-open"
    kind = Kind.CONFLICT
    zh = "“{name}”已有一份未办结的同类申请。"
    en = "“{name}” has an application of this kind that has not ended."
    next_zh = "请继续办理原申请；审核中的申请可以申请退回。"
    next_en = "Go on with that application; while it is reviewed, ask for its return."


class ProviderUnderReview(RuleBroken):
    """The provider's own record is under review, so that nothing else can change it."""

    code = "provider-under-review"
    kind = Kind.CONFLICT
    zh = "“{name}”的信息正在审核，审核结束前不能提交申请。"
    en = "The record of “{name}” is under review; an application cannot be submitted before the review ends."
    next_zh = "请等待审核结束，或向当前审核单位申请退回。"
    next_en = "Wait for the end of the review, or ask the unit that holds it to return it."
