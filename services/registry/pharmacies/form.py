"""The pharmacy's form: every field once (PHA-1, PHA-2).

Exchange names are the columns of the national table of retail pharmacies; labels and sources: the platform's field
list. Those of `licence_name` and the long-term flag are the platform's own.
"""

from collections.abc import Iterator

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
from shared.forms.checks import identified, in_order, long_term
from shared.forms.conditions import ALWAYS, NEVER, Unless, Values, When
from shared.forms.form import AttachmentField, Field, Form, Section
from shared.forms.kinds import (
    Choice,
    Day,
    DrugLicenceNumber,
    Email,
    Flag,
    IdNumber,
    Name,
    Number,
    PersonName,
    Phone,
    Several,
    Text,
)
from shared.identifiers.invalid import Remark
from shared.identifiers.names import compared
from shared.identifiers.numbers import unusual_drug_licence_number
from shared.problems import FieldProblem

# AUT-3: other than an institution, a pharmacy waits for its credit code.
_UNTIL_IT_HAS_ONE = Remark(
    "pharmacy-uscc-required",
    "零售药店（含个体工商户）须取得统一社会信用代码后再维护；营业执照上没有代码的，请先向市场监管部门换照。",
    "A pharmacy, a sole proprietor too, is recorded once it has a credit code; if the licence shows none, "
    "have it renewed by the market regulator first.",
)
_WITHOUT_AGREEMENT = Remark(
    "without-agreement-not-required",
    "未与任何医保部门签订协议的药店不要求维护；与县区、地市或省级医保部门签订协议的需要维护。",
    "A pharmacy without an agreement with any insurance agency need not be maintained; one with an agreement of a "
    "county, city or province has to be.",
)


def _unusual(values: Values) -> Iterator[FieldProblem]:
    number = values.get("licence_number")
    if number is not None and (remark := unusual_drug_licence_number(number)):
        yield remark.at("licence_number")
    name, licence_name = values.get("name"), values.get("licence_name")
    if name and licence_name and compared(name) != compared(licence_name):
        zh = "药品经营许可证上的名称与营业执照不同，以营业执照名称为准；许可证变更后请更新。"
        en = (
            "The drug licence has another name; the business licence's counts. Update it when the licence changes."
        )
        yield FieldProblem(field="licence_name", code="licence-name-differs", zh=zh, en=en)


_FIELDS = (
    Field(
        "name",
        "rtal_phac_name",
        "零售药店名称（以营业执照为准）",
        "Pharmacy name (as on the business licence)",
        Name(255),
        ALWAYS,
        "湘潭市平安大药房基建营店（营业执照上的名称）",
        in_drafts=True,
    ),
    Field("short_name", "rtal_phac_abbr", "药店简称", "Short name", Name(50), NEVER, "平安大药房"),
    Field(
        "uscc",
        "uscc",
        USCC.zh,
        USCC.en,
        USCC.kind,
        ALWAYS,
        USCC.example,
        in_drafts=True,
        if_missing=_UNTIL_IT_HAS_ONE,
    ),
    USCC_IRREGULAR,
    Field(
        "business_licence_from",
        "biz_lic_expy_begntime",
        "营业执照有效期起",
        "Business licence valid from",
        Day(),
        ALWAYS,
    ),
    Field(
        "business_licence_until",
        "biz_lic_expy_endtime",
        "营业执照有效期止",
        "Business licence valid until",
        Day(),
        Unless("business_licence_long_term"),
        "2036-12-31",
    ),
    Field(
        "business_licence_long_term",
        "biz_lic_expy_long",
        "营业执照长期有效",
        "Business licence without an end",
        Flag(),
    ),
    Field(
        "licence_number",
        "drug_biz_lic_no",
        "药品经营许可证号",
        "Drug licence number",
        DrugLicenceNumber(),
        ALWAYS,
        "湘DA731000123",
    ),
    Field(
        "licence_name",
        "drug_biz_lic_name",
        "药品经营许可证上的名称（与营业执照不同时填写）",
        "Name on the drug licence, where it differs",
        Name(255),
    ),
    Field(
        "licence_expires_on",
        "drug_biz_lic_expy",
        "药品经营许可证有效期",
        "Drug licence valid until",
        Day(),
        ALWAYS,
        "2030-12-31",
    ),
    Field(
        "business_scope",
        "drug_biz_scp",
        "药品经营范围",
        "Range of drugs",
        Several(Choice("drug_business_scope")),
        ALWAYS,
        "02 中成药、03 化学药",
    ),
    Field(
        "device_licence_number",
        "equ_biz_lic_no",
        "医疗器械经营许可证号",
        "Medical device licence number",
        Text(50),
    ),
    Field("chain_type", "phac_chan_type", "药店连锁类型", "Type of chain", Choice("pharmacy_chain_type"), ALWAYS),
    Field("branch", "brch_flag", "分店标志", "Store of a chain", Flag(), ALWAYS, "连锁门店选是"),
    Field(
        "parent_code",
        "prnt_rtal_phac_code",
        "父级（连锁总部）代码",
        "Code of the chain's head office",
        Text(12),
        NEVER,
        "连锁总部已赋码时填写",
        applies=When("branch"),
    ),
    ECONOMIC_TYPE,
    Field("business_mode", "biz_way", "经营方式", "Mode of business", Choice("business_mode"), ALWAYS, "1 零售"),
    Field(
        "business_state", "biz_stas", "经营状态", "State of business", Choice("business_state"), ALWAYS, "0 开业"
    ),
    Field(
        "registered_capital",
        "regcap",
        "注册资本（万元）",
        "Registered capital in 10,000 yuan",
        Number(0, 100_000_000, whole=False),
    ),
    ADDRESS_DIVISION,
    ADDRESS,
    POOLING_REGION,
    LEGAL_REPRESENTATIVE,
    Field(
        "legal_representative_id_type",
        "legrep_cert_type",
        "法定代表人证件类型",
        "Legal representative's ID document",
        Choice("id_document_type"),
        ALWAYS,
        "01 居民身份证",
    ),
    Field(
        "legal_representative_id_number",
        "legrep_certno",
        "法定代表人证件号码",
        "Legal representative's ID number",
        IdNumber(),
        ALWAYS,
        private=True,
    ),
    Field("person_in_charge", "entp_resper", "企业负责人", "Person in charge", PersonName(), ALWAYS),
    Field("pharmacists", "phar_psncnt", "药师人数", "Number of pharmacists", Number(0, 1000), NEVER, "2"),
    Field(
        "hi_contact_name", "hi_coner_name", "医保联系人", "Insurance contact", PersonName(), ALWAYS, private=True
    ),
    Field(
        "hi_contact_phone",
        "hi_coner_tel",
        "医保联系人电话",
        "Phone of the insurance contact",
        Phone(),
        ALWAYS,
        "0731-58214600",
        private=True,
    ),
    Field("email", "rtal_phac_email", "邮箱", "E-mail", Email(), private=True),
    BANK,
    BANK_ACCOUNT,
)

_ATTACHMENTS = (
    AttachmentField("certificate", "cert_elec_doc", "营业执照电子文档", "Business licence", ALWAYS),
    AttachmentField("licence", "drug_biz_lic_elec_doc", "药品经营许可证电子文档", "Drug licence", ALWAYS),
    USCC_CERTIFICATE,
)

_SECTIONS = (
    Section(
        "营业执照",
        "Business licence",
        ("name", "short_name", "uscc", "uscc_irregular", "uscc_certificate", "business_licence_from",
         "business_licence_until", "business_licence_long_term", "registered_capital", "certificate"),
    ),
    Section(
        "药品经营许可证",
        "Drug licence",
        ("licence_number", "licence_name", "licence_expires_on", "business_scope", "device_licence_number",
         "licence"),
    ),
    Section(
        "经营情况",
        "Business",
        ("chain_type", "branch", "parent_code", "economic_type", "business_mode", "business_state", "pharmacists"),
    ),
    Section("地址与统筹区", "Address and pooling region", ("address_division", "address", "pooling_region")),
    Section(
        "人员与联系",
        "People and contacts",
        ("legal_representative", "legal_representative_id_type", "legal_representative_id_number",
         "person_in_charge", "hi_contact_name", "hi_contact_phone", "email"),
    ),
    Section("银行账户", "Bank account", ("bank", "bank_account")),
)  # fmt: skip

FORM = Form(
    kind="pharmacy",
    edition="1",
    zh="零售药店",
    en="Retail pharmacy",
    fields=_FIELDS,
    attachments=_ATTACHMENTS,
    sections=_SECTIONS,
    checks=(
        contradicting_credit_code,
        in_order("business_licence_from", "business_licence_until"),
        long_term("business_licence_until", "business_licence_long_term"),
        identified("legal_representative_id_type", "legal_representative_id_number"),
    ),
    cautions=(_unusual, unusual_credit_code),
    notices=(_WITHOUT_AGREEMENT,),
)
