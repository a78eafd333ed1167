"""The refusals that concern authorisations, each with its reason and the next step."""

from typing import Final

from shared.problems import Kind, RuleBroken


class ProviderScopeHeld(RuleBroken):
    """Another approved account holds the scope of the provider's own record (ACC-4)."""

    code = "provider-scope-held"
    kind = Kind.CONFLICT
    zh = "以下机构自身信息的维护权限已由其他账号持有：{names}。"
    en = "Another account already maintains the basic information of: {names}."
    next_zh = (
        "如维护人员变更，请申请交接：新的授权书经盖章、审核通过后，由您接替原维护人员；"
        "否则请只申请人员信息维护权限。"
    )
    next_en = (
        "If the maintainer has changed, request a handover: once its stamped letter is approved, you take the "
        "former maintainer's place. Otherwise request scopes of staff only."
    )


class HandoverUnderReview(RuleBroken):
    """Of one provider, one handover is under review at a time (ACC-10)."""

    code = "handover-under-review"
    kind = Kind.CONFLICT
    zh = "以下机构的维护权限交接自 {since} 起正在审核中：{names}。"
    en = "A handover of the scope is under review since {since} for: {names}."
    next_zh = "请等待该交接审核结束；如未通过，可再次申请交接。"
    next_en = "Wait for the end of its review; if it is returned, you can request a handover again."


class AuthorisationLocked(RuleBroken):
    """The stamped letter lies with the reviewer."""

    code = "authorisation-locked"
    kind = Kind.CONFLICT
    zh = "授权申请 {letter_number} 正在审核中，不能修改。"
    en = "The authorisation {letter_number} is under review and cannot be changed."
    next_zh = "请等待审核结果；如被退回可修改后重新提交。"
    next_en = "Wait for the result; if it is returned you can correct and submit it again."


class NumbersUnderReview(RuleBroken):
    """A letter under review prints the name and numbers of a record that nobody maintains yet (ACC-8)."""

    code = "numbers-under-review"
    kind = Kind.CONFLICT
    zh = "授权书 {letter_number} 正在审核，其中载明“{name}”的名称和证号，审核期间不能更正。"
    en = "The letter {letter_number} under review states name and numbers of “{name}”."
    next_zh = "请向国家审核单位申请退回该授权；退回后更正信息，再以新版授权书重新提交。"
    next_en = (
        "Ask the nation's unit to return it; then correct the record and submit the new version of the letter."
    )


class AuthorisationClosed(RuleBroken):
    """An approved authorisation stays as it was approved."""

    code = "authorisation-closed"
    kind = Kind.CONFLICT
    zh = "授权 {letter_number} 已审核通过，不能再修改。"
    en = "The authorisation {letter_number} has been approved and can no longer be changed."
    next_zh = "如需增加机构或权限，请新建授权申请。"
    next_en = "To add institutions or scopes, request a new authorisation."


class AuthorisationExists(RuleBroken):
    """The account has another open authorisation for the very same."""

    code = "authorisation-exists"
    kind = Kind.CONFLICT
    zh = "您已有内容相同的授权申请 {letter_number}。"
    en = "You already have an open authorisation with the same content: {letter_number}."
    next_zh = "请直接使用该申请。"
    next_en = "Use that one."


class LetterNotMade(RuleBroken):
    """A name in the letter has characters that no font of the platform draws; shown, never raised, here."""

    code = "letter-not-made"
    kind = Kind.INVALID
    zh = "授权书无法生成：其中的字符 {characters} 无法打印。"
    en = "The letter cannot be made: these characters in it cannot be printed: {characters}."
    next_zh = "请检查姓名和机构名称是否含有多余或错误的字符，更正后修改本申请。"
    next_en = "Check the names for stray or wrong characters, correct them and change this request."


class ScanOutdated(RuleBroken):
    """The scan was taken while the request was being changed, and is of the letter before; shown, never raised."""

    code = "scan-outdated"
    kind = Kind.CONFLICT
    zh = "上传的盖章扫描件是第 {version} 版授权书，信息变更后现行版本为第 {current} 版，扫描件未提交。"
    en = "The scan is of version {version} of the letter and was not submitted: the current version is {current}."
    next_zh = "请下载第 {current} 版授权书，盖章后上传。"
    next_en = "Download version {current}, stamp it and upload it."


class ProviderDeleted(RuleBroken):
    """A provider in the letter was deleted by who had added it; shown, never raised."""

    code = "provider-deleted"
    kind = Kind.CONFLICT
    zh = "授权书中的“{names}”已被删除，本申请不能提交。"
    en = "The letter names “{names}”, which was deleted: it cannot be submitted."
    next_zh = "请修改本申请，重新选择机构，下载新的授权书盖章后上传。"
    next_en = "Change this request, choose the institution anew, stamp the new letter and upload it."


DISPLAYED_PROBLEMS: Final[dict[str, type[RuleBroken]]] = {
    rule.code: rule for rule in (LetterNotMade, ScanOutdated, HandoverUnderReview, ProviderDeleted)
}
"""What an authorisation shows as its problem, by code."""
