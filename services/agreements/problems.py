"""The errors of agreements: each is named for the rule that is broken."""

from shared.problems import Kind, RuleBroken


class ProviderNotApproved(RuleBroken):
    """An agreement needs an institution whose base information is approved (AGR-8)."""

    code = "provider-not-approved"
    kind = Kind.CONFLICT
    zh = "该机构（药店）的基础信息尚未审核通过，不能维护协议。"
    en = "The basic information of this provider has not been approved; it cannot have agreements yet."
    next_zh = "请等待其基础信息审核通过后再维护协议。"
    next_en = "Wait until the basic information is approved."


class AgencyIsAnother(RuleBroken):
    """An agency enters agreements of its own only."""

    code = "agency-is-another"
    kind = Kind.FORBIDDEN
    zh = "只能录入本单位签订的协议。"
    en = "You can enter agreements of your own unit only."
    next_zh = "请由签订该协议的经办机构录入。"
    next_en = "The agency that signed the agreement has to enter it."


class AgreementTerminated(RuleBroken):
    """A deleted agreement is not changed any more."""

    code = "agreement-terminated"
    kind = Kind.CONFLICT
    zh = "该协议已删除，不能再修改。"
    en = "This agreement has been deleted and cannot be changed."
    next_zh = "如需继续，请新增协议。"
    next_en = "Add a new agreement instead."


class NothingToConfirm(RuleBroken):
    """Only an agreement that waits for it is confirmed."""

    code = "nothing-to-confirm"
    kind = Kind.CONFLICT
    zh = "该协议已确认，无需再次确认。"
    en = "This agreement has been confirmed already."
    next_zh = "可在协议列表中查看。"
    next_en = "See it in the list of agreements."


class ProviderIsArchived(RuleBroken):
    """An archived provider signs no agreement any more (INS-5)."""

    code = "provider-archived"
    kind = Kind.CONFLICT
    zh = "“{name}”已归档，不能再签订协议。"
    en = "“{name}” is archived and signs no agreement any more."
    next_zh = "如有疑问，请联系办理归档的医保部门。"
    next_en = "In doubt ask the unit that archived it."


class AgreementEndedWithProvider(RuleBroken):
    """An agreement that ended with the archive of its provider stays as it was (INS-5)."""

    code = "agreement-ended"
    kind = Kind.CONFLICT
    zh = "“{name}”已归档，其协议已随之终止，不能再修改。"
    en = "The agreement ended when “{name}” was archived; it cannot be changed any more."
    next_zh = "如有疑问，请联系办理归档的医保部门。"
    next_en = "In doubt ask the unit that archived it."
