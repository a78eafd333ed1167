"""The errors of review."""

from shared.problems import Kind, RuleBroken


class CaseMovedOn(RuleBroken):
    """Somebody has decided meanwhile, or another unit holds the case."""

    code = "case-moved-on"
    kind = Kind.CONFLICT
    zh = "该申请已有新的进展：{shown_at}，{happened_zh}。{now_zh}。"
    en = "The case has changed: {happened_en} at {shown_at} (Beijing time). {now_en}."
    next_zh = "请刷新后查看最新状态，您的操作没有生效。"
    next_en = "Reload the case; your decision has not taken effect."


class NobodyAbove(RuleBroken):
    """No superior unit is registered to which the case could be reported."""

    code = "nobody-above"
    kind = Kind.CONFLICT
    zh = "上级医保单位尚未注册，暂时无法上报。"
    en = "No superior unit is registered yet, so the case cannot be reported upward."
    next_zh = "请在上级单位注册后再审核通过。"
    next_en = "Approve it once the superior unit is registered."


class ParentNotApproved(RuleBroken):
    """Staff, branches and the like are approved at a level only after the record that they depend on (REV-5)."""

    code = "parent-not-approved"
    kind = Kind.CONFLICT
    zh = "所属机构（药店）的基本信息尚未在本级审核通过。"
    en = "The institution or pharmacy that it belongs to has not been approved at this level yet."
    next_zh = "请先审核该机构（药店）的基本信息，再审核其人员。"
    next_en = "Approve the record of the institution or pharmacy first."


class TooManyCases(RuleBroken):
    """The number of cases in one request exceeds the limit."""

    code = "too-many-cases"
    kind = Kind.INVALID
    zh = "一次最多处理 {most} 条。"
    en = "At most {most} cases are decided at once."
    next_zh = "请分批处理，或按筛选条件批量审核。"
    next_en = "Decide them in batches, or by a filter."


class NobodyBelow(RuleBroken):
    """No unit of a lower level is registered for the case's region."""

    code = "nobody-below"
    kind = Kind.CONFLICT
    zh = "该申请所在区划没有已注册的下级医保单位，无法退回下级。"
    en = "No unit of a lower level is registered for the region of this case."
    next_zh = "可以直接审核，或退回填报人。"
    next_en = "Decide it yourself, or return it to the maintainer."


class ReturnAlreadyRequested(RuleBroken):
    """The maintainer has requested the return of this filing before."""

    code = "return-already-requested"
    kind = Kind.CONFLICT
    zh = "您已申请退回，{unit_name}尚未处理。"
    en = "You have asked for its return already; {unit_name} has not dealt with it yet."
    next_zh = "请等待处理，或联系该单位。"
    next_en = "Wait for the unit, or contact it."


class NotUnderReview(RuleBroken):
    """A return is requested for a filing that is not under review."""

    code = "not-under-review"
    kind = Kind.CONFLICT
    zh = "该申请不在审核中（{now_zh}），无需申请退回。"
    en = "This filing is not under review ({now_en}); there is nothing to return."
    next_zh = "您可以直接修改并重新提交。"
    next_en = "You can change it and submit it again."


class ParentClosed(RuleBroken):
    """The record that the case depends on was archived or deleted; the case is being closed with it (INS-5)."""

    code = "parent-closed"
    kind = Kind.CONFLICT
    zh = "所属机构（药店）已归档，该申请不再审核。"
    en = "The institution or pharmacy that it belongs to is archived; the case is not decided any more."
    next_zh = "系统会自动关闭该申请，无需处理。"
    next_en = "The case is closed by itself; there is nothing to do."
