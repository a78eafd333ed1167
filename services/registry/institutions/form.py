"""The institution's form: every field once, with its names, its kind and when it is required (INS-1).

What a field takes, what is still missing and how a reviewer reads it all follow from this one declaration.
Exchange names are the columns of the national tables; labels and sources: the platform's field list.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from services.registry.institutions.fields import (
    Choice,
    CreditCode,
    Day,
    Email,
    FieldKind,
    Flag,
    InsuranceRegion,
    LicenceNumber,
    Name,
    Number,
    PersonName,
    Phone,
    Several,
    Text,
)
from services.registry.institutions.requirements import (
    Condition,
    always,
    has_credit_code,
    is_civil,
    is_graded,
    never,
    without_credit_code,
)


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its name in code, its exchange name, its labels, its kind, when it is required, an example."""

    name: str
    exchange: str
    label_zh: str
    label_en: str
    kind: FieldKind
    required: Condition = never
    example: str = ""


@dataclass(frozen=True, slots=True)
class AttachmentField:
    """A certificate that belongs to the record, all pages in one PDF (INS-12)."""

    name: str
    exchange: str
    label_zh: str
    label_en: str
    required: Condition


EDITION = "1"

FIELDS: tuple[Field, ...] = (
    Field(
        "name",
        "medins_name",
        "医疗机构名称",
        "Institution name",
        Name(255),
        always,
        "湘潭市中心医院（执业许可证上的名称）",
    ),
    Field(
        "legal_name",
        "legent_name",
        "法人单位名称",
        "Legal entity name",
        Name(255),
        always,
        "湘潭市中心医院（营业执照或法人证书上的名称）",
    ),
    Field("short_name", "medins_abbr", "医疗机构简称", "Short name", Name(50), never, "中心医院"),
    Field(
        "uscc", "uscc", "统一社会信用代码", "Unified social credit code", CreditCode(), has_credit_code, "18 位"
    ),
    Field("uscc_absent", "uscc_absent", "无统一社会信用代码", "Has no credit code", Flag()),
    Field(
        "licence_number",
        "medins_prac_lic_regno",
        "医疗机构执业许可证登记号",
        "Practising licence number",
        LicenceNumber(),
        is_civil,
        "22 位",
    ),
    Field(
        "licence_expires_on",
        "medins_prac_lic_expy",
        "执业许可证有效期限",
        "Licence valid until",
        Day(),
        always,
        "2030-12-31",
    ),
    Field("military", "military_flag", "部队医疗机构", "Military institution", Flag()),
    Field(
        "institution_type",
        "medins_type",
        "医疗服务机构类型",
        "Type of institution",
        Choice("institution_type"),
        always,
        "A100 综合医院",
    ),
    Field("level", "medinslv", "医疗机构等级", "Level", Choice("level"), always, "3 三级；诊所等为 9 未定级"),
    Field("grade", "medins_grade", "医疗机构等次", "Grade", Choice("grade"), is_graded, "2 甲等"),
    Field(
        "economic_type",
        "econ_type",
        "经济类型",
        "Economic type",
        Choice("economic_type"),
        always,
        "100 内资（公立机构）",
    ),
    Field(
        "operating_nature",
        "biznat",
        "经营性质",
        "Operating nature",
        Choice("operating_nature"),
        always,
        "1 非营利性",
    ),
    Field("affiliation", "afil_rlts", "隶属关系", "Affiliation", Choice("affiliation"), always, "40 市"),
    Field(
        "address_division",
        "addr_division",
        "详细地址行政区划（民政部）",
        "Division of the address (civil affairs)",
        Choice("division"),
        always,
        "430302",
    ),
    Field("address", "addr", "详细地址", "Address", Text(500), always, "和平路120号"),
    Field(
        "pooling_region",
        "admdvs",
        "医保统筹区划",
        "Pooling region (insurance)",
        InsuranceRegion(),
        always,
        "430399 湘潭市市本级",
    ),
    Field("pooling_level", "pool_level", "统筹级别", "Pooling level", Choice("pooling_level"), always, "3 地市级"),
    Field("longitude", "lnt", "经度", "Longitude", Number(73, 136, whole=False), never, "112.9388"),
    Field("latitude", "lat", "纬度", "Latitude", Number(3, 54, whole=False), never, "27.8297"),
    Field("legal_representative", "legrep_name", "法定代表人姓名", "Legal representative", PersonName(), always),
    Field("person_in_charge", "main_resper", "主要负责人", "Person in charge", PersonName(), always),
    Field(
        "treatment_items",
        "trtitem",
        "诊疗项目（诊疗科目）",
        "Treatment items (departments)",
        Several(50),
        never,
        "内科、外科",
    ),
    Field("approved_beds", "aprv_bed_cnt", "批准床位数量", "Approved beds", Number(0, 20000), never, "1500"),
    Field(
        "insurance_head_name",
        "inchg_hosp_resper_name",
        "分管医保负责人姓名",
        "Head in charge of insurance",
        PersonName(),
    ),
    Field(
        "insurance_head_phone",
        "inchg_hosp_resper_tel",
        "分管医保负责人电话",
        "Phone of the head in charge of insurance",
        Phone(),
    ),
    Field(
        "hi_contact_name",
        "hi_resper_name",
        "医保办负责人姓名",
        "Head of the insurance office",
        PersonName(),
        always,
    ),
    Field(
        "hi_contact_phone",
        "hi_resper_tel",
        "医保办负责人联系电话",
        "Phone of the head of the insurance office",
        Phone(),
        always,
        "0731-58214600",
    ),
    Field("hi_office_phone", "hi_tel", "医保办电话", "Phone of the insurance office", Phone()),
    Field("hi_office_email", "hi_email", "医保办邮箱", "E-mail of the insurance office", Email()),
    Field("fax_number", "fax_no", "传真号码", "Fax number", Phone()),
    Field("bank", "bank", "开户银行", "Bank", Text(255)),
    Field("bank_branch", "bank_name", "开户银行名称", "Bank branch", Text(100)),
    Field("bank_account", "bankacct", "银行账号", "Bank account", Text(50)),
    Field(
        "uses_electronic_credential",
        "ec_flag",
        "是否应用医保电子凭证",
        "Uses the electronic insurance credential",
        Flag(),
        always,
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

ATTACHMENTS: tuple[AttachmentField, ...] = (
    AttachmentField(
        "certificate", "medins_cert_elec_doc", "证照电子文档", "Certificate of the legal entity", always
    ),
    AttachmentField("licence", "medins_prac_lic_elec_doc", "执业许可证电子文档", "Practising licence", always),
    AttachmentField(
        "explanation",
        "uscc_absent_doc",
        "无统一社会信用代码的说明材料",
        "Explanation why there is no credit code",
        without_credit_code,
    ),
)

FIELD_OF: dict[str, Field] = {field.name: field for field in FIELDS}
ATTACHMENT_OF: dict[str, AttachmentField] = {field.name: field for field in ATTACHMENTS}

# Nothing on record can be without these; a draft may lack all else (INS-14).
KEPT_ALWAYS = frozenset({"name", "pooling_region"})

# By these an institution is told from every other; it is not added without those that it must have.
IDENTIFYING = frozenset({"name", "uscc", "licence_number", "pooling_region", "explanation"})


def mentioned_places(details: Mapping[str, JsonValue]) -> list[str]:
    """The codes of insurance regions that a form mentions, to be looked up before it is read."""
    values = (details.get(field.name) for field in FIELDS if isinstance(field.kind, InsuranceRegion))
    return [value for value in values if isinstance(value, str)]
