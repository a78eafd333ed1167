"""The refusals that concern staff, each with its reason and the next step."""

from shared.problems import Kind, RuleBroken


class StaffExists(RuleBroken):
    """The provider has a record of this person already (STA-7)."""

    code = "staff-exists"
    kind = Kind.CONFLICT
    zh = "该证件号码在本单位已有记录：“{name}”。"
    en = "This provider has a record with this ID number already: “{name}”."
    next_zh = "请直接打开该记录维护，无需重复新增。"
    next_en = "Open that record and change it; there is no need to add another."


class NotInPost(RuleBroken):
    """Nobody is recorded who has retired or left; these are changes of an approved record (STA-3)."""

    code = "not-in-post"
    kind = Kind.CONFLICT
    zh = "“{name}”已退休或离职，不需要新增维护；退休返聘的人员请选择“退休返聘”。"
    en = "“{name}” has retired or left and is not recorded; somebody re-hired after retirement is."
    next_zh = "请核对人员状态；已审核通过的人员退休或离职时，再将其状态改为退休或离职。"
    next_en = "Compare the state of employment; an approved person is marked as retired or left in time."


class TransitionEnded(RuleBroken):
    """A 从业药师 counts as a licensed pharmacist until 2020-12-31 (PHA-4)."""

    code = "transition-ended"
    kind = Kind.CONFLICT
    zh = "从业药师视同执业药师的过渡期已于 {ends_on} 结束，“{name}”不能再按从业药师提交。"
    en = "The transition for pharmacists without a licence ended on {ends_on}; “{name}” needs one."
    next_zh = "请取得执业药师证书后，将资格证书类别改为“执业药师”并填写新的证号，再提交。"
    next_en = "With the licence, change the type of certificate and both numbers, and submit again."


class IdNumberOfAnother(RuleBroken):
    """An approved record is given the ID number of another person on record (COD-5)."""

    code = "id-number-of-another"
    kind = Kind.CONFLICT
    zh = "该证件号码属于系统中的另一人，已审核通过的人员不能改为他人的证件号码。"
    en = "This ID number belongs to another person on record; an approved record cannot become that person's."
    next_zh = "请核对证件号码；确属另一人的，请为其新增记录，并将本记录的人员状态改为离职。"
    next_en = "Compare the number. If it is another person, add a record for them; mark this one as left."
