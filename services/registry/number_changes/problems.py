"""The refusals that concern number changes, each with its reason and the next step."""

from shared.problems import Kind, RuleBroken


class NumberChangeNotNeeded(RuleBroken):
    """Before a code is assigned, the numbers are changed in the record itself (INS-4)."""

    code = "number-change-not-needed"
    kind = Kind.CONFLICT
    zh = "“{name}”尚未赋码，不需要办理证号变更。"
    en = "“{name}” has no code yet; it needs no number change."
    next_zh = "请直接修改信息中的统一社会信用代码和许可证号。"
    next_en = "Change credit code and licence number in the record itself."


class NumbersUnchanged(RuleBroken):
    """The application asks for the numbers that are in force."""

    code = "numbers-unchanged"
    kind = Kind.CONFLICT
    zh = "申请中的统一社会信用代码和许可证号与“{name}”现行证号相同。"
    en = "Credit code and licence number in the application are those that “{name}” has."
    next_zh = "请填写变更后的证号再提交。"
    next_en = "Fill in the new numbers, then submit."


class NumbersOfAnother(RuleBroken):
    """Another record on file has this name with these numbers (AUT-2)."""

    code = "numbers-of-another"
    kind = Kind.CONFLICT
    zh = "名称与变更后的证号已属于系统中的另一条记录“{holder}”。"
    en = "The name with the new numbers belongs to another record on file, “{holder}”."
    next_zh = "请核对证照上的证号；如有疑问请联系当地医保部门。"
    next_en = "Compare the numbers with the certificates; in doubt ask the local unit."
