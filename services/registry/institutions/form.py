"""The institution's form: every field once (INS-1).

Exchange names are the columns of the national tables; labels and sources: the platform's field list.
"""

from collections.abc import Iterator
from dataclasses import replace

from services.registry.providers.fields import (
    ADDRESS,
    ADDRESS_DIVISION,
    BANK,
    BANK_ACCOUNT,
    ECONOMIC_TYPE,
    LEGAL_REPRESENTATIVE,
    POOLING_REGION,
    USCC,
    USCC_CERTIFICATE,
    USCC_IRREGULAR,
    contradicting_credit_code,
    unusual_credit_code,
)
from shared.forms.conditions import ALWAYS, NEVER, Unless, Values, When
from shared.forms.form import AttachmentField, Field, Form, Section
from shared.forms.kinds import (
    Choice,
    Day,
    Email,
    Flag,
    LicenceNumber,
    Name,
    Number,
    PersonName,
    Phone,
    Several,
    Text,
)
from shared.identifiers.numbers import unusual_licence_number
from shared.problems import FieldProblem

_HAS_CREDIT_CODE, _WITHOUT_CREDIT_CODE = Unless("uscc_absent"), When("uscc_absent")
_CIVIL = Unless("military")
_GRADED = When("level", "1", "2", "3")
_SPECIAL_GRADE, _THIRD_LEVEL = "1", "3"
# 个体经营 in the dictionary of economic types.
_INDIVIDUAL_BUSINESS = "175"


def _contradictions(values: Values) -> Iterator[FieldProblem]:
    if values.get("uscc_absent") and values.get("uscc"):
        zh = "已选择“无”，请不要再填写统一社会信用代码。"
        en = "无 (none) was chosen: leave the credit code empty."
        yield FieldProblem(field="uscc", code="uscc-or-absent", zh=zh, en=en)
    if values.get("uscc_absent") and values.get("economic_type") == _INDIVIDUAL_BUSINESS:
        zh = "个体工商户须取得统一社会信用代码后再维护；营业执照上没有代码的，请先向市场监管部门换照。"
        en = (
            "A sole proprietor is recorded once it has a credit code; if its business licence shows none, have "
            "it renewed by the market regulator first."
        )
        yield FieldProblem(field="uscc_absent", code="uscc-needed", zh=zh, en=en)
    if values.get("grade") == _SPECIAL_GRADE and values.get("level") != _THIRD_LEVEL:
        zh = "“特等”仅适用于三级医疗机构。"
        en = "The special grade is for institutions of the third level only."
        yield FieldProblem(field="grade", code="grade-of-third-level", zh=zh, en=en)


def _unusual(values: Values) -> Iterator[FieldProblem]:
    number = values.get("licence_number")
    if number is not None and (remark := unusual_licence_number(number)):
        yield remark.at("licence_number")


_FIELDS = (
    Field(
        "name",
        "medins_name",
        "医疗机构名称",
        "Institution name",
        Name(255),
        ALWAYS,
        "湘潭市中心医院（执业许可证上的名称）",
        in_drafts=True,
    ),
    Field(
        "legal_name",
        "legent_name",
        "法人单位名称",
        "Legal entity name",
        Name(255),
        ALWAYS,
        "湘潭市中心医院（营业执照或法人证书上的名称）",
    ),
    Field(
        "second_name",
        "medins_second_name",
        "医疗机构第二名称",
        "Second name of the institution",
        Name(255),
        NEVER,
        "湘潭市急救中心（同一执业许可证、两块牌子的另一个名称）",
    ),
    Field("short_name", "medins_abbr", "医疗机构简称", "Short name", Name(50), NEVER, "中心医院"),
    replace(USCC, required=_HAS_CREDIT_CODE),
    Field("uscc_absent", "uscc_absent", "无统一社会信用代码", "Has no credit code", Flag()),
    replace(USCC_IRREGULAR, applies=_HAS_CREDIT_CODE),
    Field(
        "licence_number",
        "medins_prac_lic_regno",
        "医疗机构执业许可证登记号",
        "Practising licence number",
        LicenceNumber(),
        _CIVIL,
        "22 位",
    ),
    Field(
        "licence_expires_on",
        "medins_prac_lic_expy",
        "执业许可证有效期限",
        "Licence valid until",
        Day(),
        Unless("tcm_filing"),
        "2030-12-31",
    ),
    Field("military", "military_flag", "部队医疗机构", "Military institution", Flag()),
    Field(
        "tcm_filing",
        "tcm_filing_flag",
        "仅持有中医诊所备案证",
        "Holds a filing certificate of traditional medicine alone",
        Flag(),
        example="没有医疗机构执业许可证的，登记号填写备案编号",
    ),
    Field(
        "institution_type",
        "medins_type",
        "医疗服务机构类型",
        "Type of institution",
        Choice("institution_type"),
        ALWAYS,
        "A100 综合医院",
    ),
    Field("level", "medinslv", "医疗机构等级", "Level", Choice("level"), ALWAYS, "3 三级；诊所等为 9 未定级"),
    Field("grade", "medins_grade", "医疗机构等次", "Grade", Choice("grade"), _GRADED, "2 甲等", applies=_GRADED),
    replace(ECONOMIC_TYPE, example="100 内资（公立机构）"),
    Field(
        "operating_nature",
        "biznat",
        "经营性质",
        "Operating nature",
        Choice("operating_nature"),
        ALWAYS,
        "1 非营利性",
    ),
    Field("affiliation", "afil_rlts", "隶属关系", "Affiliation", Choice("affiliation"), ALWAYS, "40 市"),
    ADDRESS_DIVISION,
    ADDRESS,
    POOLING_REGION,
    Field("pooling_level", "pool_level", "统筹级别", "Pooling level", Choice("pooling_level"), ALWAYS, "3 地市级"),
    Field("longitude", "lnt", "经度", "Longitude", Number(73, 136, whole=False), NEVER, "112.9388"),
    Field("latitude", "lat", "纬度", "Latitude", Number(3, 54, whole=False), NEVER, "27.8297"),
    LEGAL_REPRESENTATIVE,
    Field("person_in_charge", "main_resper", "主要负责人", "Person in charge", PersonName(), ALWAYS),
    Field(
        "treatment_items",
        "trtitem",
        "诊疗项目（诊疗科目）",
        "Treatment items (departments)",
        Several(Text(50)),
        NEVER,
        "内科、外科",
    ),
    Field("approved_beds", "aprv_bed_cnt", "批准床位数量", "Approved beds", Number(0, 20000), NEVER, "1500"),
    Field(
        "insurance_head_name",
        "inchg_hosp_resper_name",
        "分管医保负责人姓名",
        "Head in charge of insurance",
        PersonName(),
        private=True,
    ),
    Field(
        "insurance_head_phone",
        "inchg_hosp_resper_tel",
        "分管医保负责人电话",
        "Phone of the head in charge of insurance",
        Phone(),
        private=True,
    ),
    Field(
        "hi_contact_name",
        "hi_resper_name",
        "医保办负责人姓名",
        "Head of the insurance office",
        PersonName(),
        ALWAYS,
        private=True,
    ),
    Field(
        "hi_contact_phone",
        "hi_resper_tel",
        "医保办负责人联系电话",
        "Phone of the head of the insurance office",
        Phone(),
        ALWAYS,
        "0731-58214600",
        private=True,
    ),
    Field("hi_office_phone", "hi_tel", "医保办电话", "Phone of the insurance office", Phone(), private=True),
    Field("hi_office_email", "hi_email", "医保办邮箱", "E-mail of the insurance office", Email(), private=True),
    Field("fax_number", "fax_no", "传真号码", "Fax number", Phone()),
    BANK,
    Field("bank_branch", "bank_name", "开户银行名称", "Bank branch", Text(100)),
    BANK_ACCOUNT,
    Field(
        "uses_electronic_credential",
        "ec_flag",
        "是否应用医保电子凭证",
        "Uses the electronic insurance credential",
        Flag(),
        ALWAYS,
        "支持电子凭证查询、办理、就诊和支付即选是",
    ),
    Field(
        "parent_code",
        "prnt_medins_code",
        "上级医疗机构代码（分院隶属）",
        "Code of the parent institution (branches)",
        Text(12),
    ),
)

_ATTACHMENTS = (
    AttachmentField(
        "certificate", "medins_cert_elec_doc", "证照电子文档", "Certificate of the legal entity", ALWAYS
    ),
    AttachmentField("licence", "medins_prac_lic_elec_doc", "执业许可证电子文档", "Practising licence", ALWAYS),
    AttachmentField(
        "explanation",
        "uscc_absent_doc",
        "无统一社会信用代码的说明材料",
        "Explanation why there is no credit code",
        _WITHOUT_CREDIT_CODE,
    ),
    USCC_CERTIFICATE,
)


_SECTIONS = (
    Section(
        "机构标识",
        "Identity",
        ("name", "legal_name", "second_name", "short_name", "uscc", "uscc_absent", "explanation",
         "uscc_irregular", "uscc_certificate", "licence_number", "licence_expires_on", "military", "tcm_filing",
         "certificate", "licence"),
    ),
    Section(
        "类别与等级",
        "Type and level",
        ("institution_type", "level", "grade", "economic_type", "operating_nature", "affiliation", "parent_code"),
    ),
    Section(
        "地址与统筹区",
        "Address and pooling region",
        ("address_division", "address", "pooling_region", "pooling_level", "longitude", "latitude"),
    ),
    Section(
        "人员与规模",
        "People and size",
        ("legal_representative", "person_in_charge", "treatment_items", "approved_beds"),
    ),
    Section(
        "医保联系",
        "Insurance contacts",
        ("insurance_head_name", "insurance_head_phone", "hi_contact_name", "hi_contact_phone", "hi_office_phone",
         "hi_office_email", "fax_number", "uses_electronic_credential"),
    ),
    Section("银行账户", "Bank account", ("bank", "bank_branch", "bank_account")),
)  # fmt: skip

FORM = Form(
    kind="institution",
    edition="1",
    zh="医疗机构",
    en="Medical institution",
    fields=_FIELDS,
    attachments=_ATTACHMENTS,
    sections=_SECTIONS,
    checks=(_contradictions, contradicting_credit_code),
    cautions=(_unusual, unusual_credit_code),
)
