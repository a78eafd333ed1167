"""The refusals that concern records of any kind, each with its reason and the next step."""

from typing import Any, Final

from shared.contracts.coding.events import CodeRefused
from shared.problems import Kind, RuleBroken


class RecordExistsFree(RuleBroken):
    """The record exists, and nobody maintains it."""

    code = "record-exists-free"
    kind = Kind.CONFLICT
    zh = "“{name}”已在系统中，目前无人维护。"
    en = "“{name}” is on record already, and nobody maintains it."
    next_zh = "无需新增，请直接选择并申请授权。"
    next_en = "There is no need to add it: choose it and ask for the authorisation."


class RecordExistsMaintained(RuleBroken):
    """The record exists, and an account maintains it."""

    code = "record-exists-maintained"
    kind = Kind.CONFLICT
    zh = "“{name}”已在系统中，并已由其他账号维护。"
    en = "“{name}” is on record already, and another account maintains it."
    next_zh = "请与本单位现有维护人员联系；如维护人员变更，请检索并选择该机构，申请维护权限交接。"
    next_en = (
        "Ask the present maintainer at your institution; if that has changed, find it and request a handover."
    )


class RecordExistsRenamed(RuleBroken):
    """A record on file has, or had before, this name with these numbers beside the name that lists show."""

    code = "record-exists-renamed"
    kind = Kind.CONFLICT
    zh = "“{name}”及所填证号是系统中一条记录的第二名称或原名称，该记录名称为“{current_name}”。"
    en = "“{name}” with these numbers is the second or a former name of a record on file: “{current_name}”."
    next_zh = "请按该名称检索，核对名称和证号；如有疑问请联系当地医保部门。"
    next_en = "Search for it by that name and compare name and numbers; in doubt ask the local unit."


class RecordExistsArchived(RuleBroken):
    """A record on file with this name and these numbers is archived; what was archived never comes back."""

    code = "record-exists-archived"
    kind = Kind.CONFLICT
    zh = "“{name}”在系统中已归档，不能新增，也不能再维护。"
    en = "“{name}” is on record and archived; it can neither be added again nor maintained."
    next_zh = "请核对名称和证号；如确属另一家单位或对归档有疑问，请联系当地医保部门。"
    next_en = "Compare name and numbers; if it is another one, or was archived by mistake, ask the local unit."


class RecordArchived(RuleBroken):
    """The record, or the provider that it belongs to, is archived: it stays as it was (INS-5)."""

    code = "record-archived"
    kind = Kind.CONFLICT
    zh = "“{name}”已归档，不能再修改、提交或申请授权。"
    en = "“{name}” is archived: it can be neither changed nor submitted nor maintained."
    next_zh = "归档原因见该条信息；如有疑问请联系办理归档的医保部门。"
    next_en = "The record shows why; in doubt ask the unit that archived it."


class RecordLocked(RuleBroken):
    """The record is under review."""

    code = "record-locked"
    kind = Kind.CONFLICT
    zh = "“{name}”已提交审核，审核期间不能修改或再次提交。"
    en = "“{name}” has been submitted; it can neither be changed nor submitted while it is reviewed."
    next_zh = "尚未审核时可以撤回；否则请向当前审核单位申请退回。"
    next_en = "Withdraw it while nobody has decided; otherwise ask the unit that holds it to return it."


class ApplicationUnderReview(RuleBroken):
    """An application about the record is under review and will change it."""

    code = "application-under-review"
    kind = Kind.CONFLICT
    zh = "“{name}”有申请正在审核，审核结束前不能修改或提交信息。"
    en = "An application about “{name}” is under review; the record is closed until it ends."
    next_zh = "请等待申请审核结束；尚未审核时可以撤回申请。"
    next_en = "Wait for the end of its review, or withdraw the application while nobody has decided."


class NothingToSubmit(RuleBroken):
    """The version in force has not been changed."""

    code = "nothing-to-submit"
    kind = Kind.CONFLICT
    zh = "信息已审核通过，且之后没有修改。"
    en = "The record has been approved and not been changed since."
    next_zh = "如需变更，请先修改并保存。"
    next_en = "Change and save it first."


class NothingToWithdraw(RuleBroken):
    """Only a submission on which no unit has decided is withdrawn."""

    code = "nothing-to-withdraw"
    kind = Kind.CONFLICT
    zh = "没有可以撤回的提交：尚未提交，或审核单位已作出处理。"
    en = "There is nothing to withdraw: it was not submitted, or a unit has decided already."
    next_zh = "如正在审核，请向当前审核单位申请退回。"
    next_en = "While it is reviewed, ask the unit that holds it to return it."


class ScopeRequired(RuleBroken):
    """The caller sees that the record exists, but does not hold the scope that opens it."""

    code = "scope-required"
    kind = Kind.FORBIDDEN
    zh = "您的账号尚未获得此项信息的维护授权。"
    en = "Your account has no approved authorisation to maintain this record."
    next_zh = "请先申请授权并等待审核通过。"
    next_en = "Ask for the authorisation first and wait for its approval."


class ScopeHandedOver(RuleBroken):
    """The caller maintained the record's provider until a successor took over (ACC-10)."""

    code = "scope-handed-over"
    kind = Kind.FORBIDDEN
    zh = "该机构的维护权限已于 {date} 交接给其他账号，您的账号不再维护该机构。"
    en = "This provider was handed over to another account on {date}; your account maintains it no more."
    next_zh = "如有疑问，请与本单位现有维护人员联系；如需恢复维护，请以新的授权书申请授权。"
    next_en = "Ask the present maintainer at your institution; to work on it again, request a new authorisation."


class IdentityOfAnother(RuleBroken):
    """Another record that bears a code has, or once had, this name and these numbers; shown, never raised."""

    code = "identity-of-another"
    kind = Kind.CONFLICT
    zh = "“{name}”未能赋码：其名称和证号属于或曾属于“{owner_name}”（编码：{owner_code}）。"
    en = "“{name}” gets no code: its name and numbers are, or were, those of “{owner_name}” (code {owner_code})."
    next_zh = "请核对名称和证号，填写有误的，更正后重新提交审核；确属两家单位的，请联系国家医保局核实。"
    next_en = (
        "Compare name and numbers, correct what is wrong and submit again; if both exist, ask the nation's unit."
    )


class CodeNotAssigned(RuleBroken):
    """Coding refuses a code for a reason that this version does not know; shown, never raised."""

    code = "code-refused"
    kind = Kind.CONFLICT
    zh = "“{name}”未能赋码，原因代码：{reason}。"
    en = "“{name}” gets no code, for the reason {reason}."
    next_zh = "请联系国家医保局核实。"
    next_en = "Ask the nation's unit."


CODE_REFUSALS: Final[dict[str, type[RuleBroken]]] = {
    rule.code: rule for rule in (IdentityOfAnother, CodeNotAssigned)
}
"""What a record shows where its code was refused, by code."""


def shown_refusal(event: CodeRefused) -> dict[str, Any]:
    """The rule and its facts, as they are kept with the record."""
    if event.reason != IdentityOfAnother.code:
        return {"code": CodeNotAssigned.code, "name": event.name, "reason": event.reason}
    owner = {"owner_name": event.owner_name or "—", "owner_code": event.owner_code or "—"}
    return {"code": IdentityOfAnother.code, "name": event.name, **owner}
