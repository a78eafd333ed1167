"""The refusals that concern institutions, each with its reason and the next step."""

from shared.problems import Kind, RuleBroken


class InstitutionExistsFree(RuleBroken):
    """The institution is on record, and nobody maintains it."""

    code = "institution-exists-free"
    kind = Kind.CONFLICT
    zh = "“{name}”已在系统中，目前无人维护。"
    en = "“{name}” is on record already, and nobody maintains it."
    next_zh = "无需新增，请直接选择该机构申请授权。"
    next_en = "There is no need to add it: choose it and ask for the authorisation."


class InstitutionExistsMaintained(RuleBroken):
    """The institution is on record, and an account maintains it."""

    code = "institution-exists-maintained"
    kind = Kind.CONFLICT
    zh = "“{name}”已在系统中，并已由其他账号维护。"
    en = "“{name}” is on record already, and another account maintains it."
    next_zh = "请与本单位现有维护人员联系；如人员变动，请办理维护权限交接。"
    next_en = "Ask the present maintainer at your institution; a change of staff is handed over."


class MilitaryNotYet(RuleBroken):
    """Military institutions are not let in at present (AUT-4)."""

    code = "military-not-yet"
    kind = Kind.CONFLICT
    zh = "按国家医疗保障局现行政策，部队医疗机构暂不开放维护。"
    en = "By present policy of the national administration, military institutions cannot be maintained yet."
    next_zh = "开放时间以国家医疗保障局通知为准。"
    next_en = "The national administration will announce when they can."


class InstitutionLocked(RuleBroken):
    """The record lies with its reviewers."""

    code = "institution-locked"
    kind = Kind.CONFLICT
    zh = "该机构信息已提交审核，审核期间不能修改或再次提交。"
    en = "The record has been submitted; it can neither be changed nor submitted while it is reviewed."
    next_zh = "如需修改，请向当前审核单位申请退回。"
    next_en = "To change it, ask the unit that holds it to return it."


class NothingToSubmit(RuleBroken):
    """The version in force has not been changed."""

    code = "nothing-to-submit"
    kind = Kind.CONFLICT
    zh = "该机构信息已审核通过，且之后没有修改。"
    en = "The record has been approved and not been changed since."
    next_zh = "如需变更，请先修改并保存。"
    next_en = "Change and save it first."


class NumberChangeNeeded(RuleBroken):
    """After coding the two numbers are changed by a reviewed application only (INS-4)."""

    code = "number-change-needed"
    kind = Kind.CONFLICT
    zh = "该机构已赋码，统一社会信用代码和执业许可证登记号不能直接修改。"
    en = "The institution bears a code: its credit code and licence number cannot be changed directly."
    next_zh = "请办理证号变更申请，原编码不变。"
    next_en = "Apply for a number change; the code stays."


class InstitutionScopeRequired(RuleBroken):
    """The caller sees the record, but does not hold its institution scope."""

    code = "institution-scope-required"
    kind = Kind.FORBIDDEN
    zh = "您的账号尚未获得该机构的机构信息维护授权。"
    en = "Your account has no approved authorisation to maintain this institution's record."
    next_zh = "请先申请授权并等待审核通过。"
    next_en = "Ask for the authorisation first and wait for its approval."


class QueryTooShort(RuleBroken):
    """A search needs something to go by."""

    code = "query-too-short"
    kind = Kind.INVALID
    zh = "请至少输入两个字符。"
    en = "Type two characters at least."
