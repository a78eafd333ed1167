"""The fields that the national tables of institutions and of pharmacies share, and the checks of a credit code.

Exchange names are the columns of the national tables.
"""

from collections.abc import Iterator

from shared.forms.conditions import ALWAYS, Values, When
from shared.forms.form import AttachmentField, Field
from shared.forms.kinds import Choice, CreditCode, Flag, InsuranceRegion, PersonName, Text
from shared.identifiers.uscc import IRREGULAR_USCC_ATTACHMENT, irregular_uscc_remark
from shared.problems import FieldProblem

USCC = Field(
    "uscc",
    "uscc",
    "统一社会信用代码",
    "Unified social credit code",
    CreditCode(irregular=True),
    ALWAYS,
    "18 位",
)
USCC_IRREGULAR = Field(
    "uscc_irregular",
    "uscc_irregular",
    "证照上的代码第 18 位与校验规则不符",
    "The last character on the certificate is irregular",
    Flag(),
)
USCC_CERTIFICATE = AttachmentField(
    IRREGULAR_USCC_ATTACHMENT,
    "uscc_irregular_doc",
    "载有该统一社会信用代码的证照",
    "The certificate that shows this credit code",
    When("uscc_irregular"),
)
ECONOMIC_TYPE = Field(
    "economic_type", "econ_type", "经济类型", "Economic type", Choice("economic_type"), ALWAYS, "100 内资"
)
ADDRESS_DIVISION = Field(
    "address_division",
    "addr_division",
    "详细地址行政区划（民政部）",
    "Division of the address (civil affairs)",
    Choice("division"),
    ALWAYS,
    "430302",
)
ADDRESS = Field("address", "addr", "详细地址", "Address", Text(500), ALWAYS, "和平路120号")
POOLING_REGION = Field(
    "pooling_region",
    "admdvs",
    "医保统筹区划",
    "Pooling region (insurance)",
    InsuranceRegion(),
    ALWAYS,
    "430399 湘潭市市本级",
    in_drafts=True,
)
LEGAL_REPRESENTATIVE = Field(
    "legal_representative", "legrep_name", "法定代表人姓名", "Legal representative", PersonName(), ALWAYS
)
BANK = Field("bank", "bank", "开户银行", "Bank", Text(255))
BANK_ACCOUNT = Field("bank_account", "bankacct", "银行账号", "Bank account", Text(50), private=True)


def contradicting_credit_code(values: Values) -> Iterator[FieldProblem]:
    """An irregular credit code is refused unless the maintainer says that the certificate bears it."""
    if (remark := irregular_uscc_remark(values.get("uscc") or "")) and not values.get("uscc_irregular"):
        yield remark.at("uscc")


def unusual_credit_code(values: Values) -> Iterator[FieldProblem]:
    """An irregular credit code is worth a second look."""
    if remark := irregular_uscc_remark(values.get("uscc") or ""):
        yield remark.at("uscc")
