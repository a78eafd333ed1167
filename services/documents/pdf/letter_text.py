"""The words of the authorisation letter, apart from how they are set on paper."""

from enum import StrEnum

TITLE = "授权书"
ADDRESSEE = "致：医疗保障信息业务编码主管部门"
SIGNED_BY_HAND = "被授权人（签字）："
DATE_LINE = "日期：{0}{0}年{0}月{0}日".format("\N{NO-BREAK SPACE}" * 6)
STAMP_PLACE = "（加盖公章处）"
NO_USCC = "无"
NO_LICENCE = "—"
INSTITUTIONS, PHARMACIES = "机构", "药店"
LICENCE_OF = {INSTITUTIONS: "执业许可证登记号", PHARMACIES: "药品经营许可证号"}


class LetterKind(StrEnum):
    """Who is authorised: a person by the institutions, or a chain's head office for its own pharmacies."""

    PERSON = "person"
    ENTERPRISE = "enterprise"


class Scope(StrEnum):
    """A part of the record that the letter opens to the account."""

    INSTITUTION = "institution"
    PHYSICIAN = "physician"
    NURSE = "nurse"
    PHARMACY = "pharmacy"
    PHARMACIST = "pharmacist"


SCOPE_WORDS = {
    Scope.INSTITUTION: "医疗机构信息：机构基本信息、资质附件、分院信息及定点协议的填报、修改、提交和变更申请",
    Scope.PHYSICIAN: "医师信息：在本机构执业的医师信息及其执业证件的填报、修改和提交",
    Scope.NURSE: "护士信息：在本机构执业的护士信息及其执业证件的填报、修改和提交",
    Scope.PHARMACY: "零售药店信息：药店基本信息、资质附件及定点协议的填报、修改、提交和变更申请",
    Scope.PHARMACIST: "药师信息：在本药店执业的药师信息及其注册证件的填报、修改和提交",
}

OPENING = {
    LetterKind.PERSON: (
        "本授权书所列机构（以下简称“授权单位”）依法设立并持有相应执业资质。为办理医疗保障信息业务编码的"
        "信息维护，授权单位现委托下列人员（以下简称“被授权人”）使用其平台账号，按照本授权书载明的范围"
        "办理相关事项。"
    ),
    LetterKind.ENTERPRISE: (
        "本授权书所列零售药店由下列企业（以下简称“被授权企业”）统一经营管理。为办理医疗保障信息业务编码的"
        "信息维护，由被授权企业指定下列人员（以下简称“被授权人”）使用其平台账号，按照本授权书载明的范围，"
        "统一办理各药店的相关事项。本授权书由被授权企业盖章即可，各药店无须分别盖章。"
    ),
}

PARTY = {LetterKind.PERSON: "授权单位", LetterKind.ENTERPRISE: "被授权企业"}

CLAUSES = (
    "被授权人在授权范围内填报、修改、提交信息和材料，视为{party}的行为，由{party}承担法律责任。",
    "{party}和被授权人保证所提交的信息和材料真实、准确、完整、有效，与资质证照一致；信息发生变化的，及时在平台更新。",
    "平台账号由被授权人本人保管和使用，不得转借他人；被授权人变更的，{party}应当及时重新办理授权。",
    "被授权人应当依法保护在办理过程中知悉的医师、护士、药师等人员的个人信息，不得用于授权范围以外的用途。",
    "本授权书经盖章、上传并由国家医疗保障部门审核通过后生效，至授权撤销、机构归档或者新版本授权书生效时终止。",
    "本授权书的编号和二维码由平台签发、供核验使用，涂改无效。信息变更后以最新版本为准。",
)

CLAUSES_HEADING = {False: "四、授权条款", True: "五、授权条款"}

HANDOVER_HEADING = "四、维护权限交接"
HANDOVER = (
    "本授权书用于办理维护人员变更。自审核通过之时起，下列原维护人员对所列机构的全部维护权限终止，由被授权人接替；"
    "已填报的信息、材料和正在办理的事项一并移交被授权人。"
)
HANDED_OVER = "原维护人员：{name}（第二部分所列{of}第 {places} 项）"

STAMPED_BY = {
    LetterKind.PERSON: "授权单位（盖章）：",
    LetterKind.ENTERPRISE: "被授权企业（盖章）：",
}
STAMPED_BY_SEVERAL = "授权单位（所列机构分别盖章）："

NEXT_STEPS = (
    "办理步骤：① 打印并加盖公章（请勿遮挡编号和二维码）　→　② 扫描或拍照，全部页面清晰完整　→　③ 登录平台上传",
    "PDF 或 JPG、PNG、HEIC 照片均可直接上传，平台自动转换。无法识别时，请查看“附件无法识别时，如何操作？”。",
)


def clauses(kind: LetterKind) -> tuple[str, ...]:
    """The terms of the mandate, numbered, with the party that answers for it."""
    return tuple(f"{n}. {text.format(party=PARTY[kind])}" for n, text in enumerate(CLAUSES, start=1))
