"""The refusals that concern deletion, each with its reason and the next step."""

from shared.problems import Kind, RuleBroken


class ApprovedNotDeleted(RuleBroken):
    """What was approved is not deleted any more: a superior unit archives it (INS-5)."""

    code = "approved-not-deleted"
    kind = Kind.CONFLICT
    zh = "“{name}”已审核通过，不能删除。"
    en = "“{name}” has been approved and cannot be deleted."
    next_zh = "如信息有误请直接修改；如为无效数据，请联系上级医保部门归档。"
    next_en = "Correct what is wrong; if it is void, ask the superior insurance unit to archive it."


class DependentsUnderReview(RuleBroken):
    """Staff of the provider are under review."""

    code = "dependents-under-review"
    kind = Kind.CONFLICT
    zh = "“{name}”有 {count} 名人员正在审核，暂不能删除。"
    en = "{count} staff records of “{name}” are under review; it cannot be deleted now."
    next_zh = "请先撤回这些人员的提交，或等待审核结束。"
    next_en = "Withdraw them, or wait for the end of their review."


class AuthorisationUnderReview(RuleBroken):
    """An authorisation that names the provider lies with the reviewer."""

    code = "authorisation-under-review"
    kind = Kind.CONFLICT
    zh = "授权申请 {letter_number} 包含“{name}”且正在审核，暂不能删除。"
    en = "The authorisation {letter_number} names “{name}” and is under review; it cannot be deleted now."
    next_zh = "请等待授权审核结束，或先申请退回该授权。"
    next_en = "Wait for the end of that review, or ask for the return of the authorisation."
