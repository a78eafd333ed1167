"""The fields that the national tables of physicians, nurses and pharmacists share, and the checks of a person.

Exchange names are the columns of the national tables; those of the two flags are the platform's own.
"""

from collections.abc import Iterator
from datetime import date

from shared.forms.checks import CITIZEN_ID, identified, in_order, long_term
from shared.forms.conditions import ALWAYS, NEVER, Values, When
from shared.forms.form import Check, Field, Section
from shared.forms.kinds import Choice, Day, Flag, IdNumber, LicenceNumber, PersonName
from shared.identifiers.citizen_id import is_citizen_id, parse_id_number
from shared.identifiers.invalid import Remark
from shared.problems import FieldProblem

IN_POST, RETIRED, RE_HIRED, LEFT = "1", "2", "3", "4"
_MALE, _FEMALE = "1", "2"
_PHARMACIST_TITLES = ("241", "242", "243", "244", "245")
# The year of issue, the province, the level and the category come before the ID number of the holder.
_BEFORE_ID_NUMBER = 9
_WITH_ID_NUMBER = (24, 27)

# STA-6: who has no certificate is not recorded.
LICENSED_ONLY = Remark(
    "licence-required",
    "只维护持有执业证书的人员；理疗师、技师等没有执业证书的人员不维护。",
    "Only staff with a practising certificate are recorded; technicians and others without one are not.",
)
FORMAL_STAFF_ONLY = Remark(
    "formal-contract-only",
    "只维护与本单位签订正式合同（协议）的人员；外派到其他单位驻勤的人员，按人事隶属关系在原单位维护。",
    "Only staff with a formal contract are recorded; those posted elsewhere are recorded where they are employed.",
)

ID_TYPE = Field(
    "id_type",
    "psn_cert_type",
    "身份证件类型",
    "ID document",
    Choice("id_document_type"),
    ALWAYS,
    "01 居民身份证",
    in_drafts=True,
)
ID_NUMBER = Field(
    "id_number",
    "certno",
    "身份证件号码",
    "ID number",
    IdNumber(),
    ALWAYS,
    "18 位身份证号",
    in_drafts=True,
    private=True,
)
SEX = Field("sex", "gend", "性别", "Sex", Choice("sex"), ALWAYS, "1 男")
STAFF_STATE = Field(
    "staff_state", "psn_stas", "人员状态", "State of employment", Choice("staff_state"), ALWAYS, "1 在职"
)
LEFT_ON = Field(
    "left_on",
    "nemp_time",
    "离职时间",
    "Left on",
    Day(),
    When("staff_state", LEFT),
    applies=When("staff_state", LEFT),
)
FORMAL_CONTRACT = Field(
    "formal_contract", "cntr_formal_flag", "已签订正式合同", "Has a formal contract", Flag(), ALWAYS, "是"
)
CONTRACT_FROM = Field(
    "contract_from", "cntr_begntime", "合同起始时间", "Contract from", Day(), NEVER, "2024-01-01"
)
CONTRACT_UNTIL = Field(
    "contract_until", "cntr_endtime", "合同截止时间", "Contract until", Day(), NEVER, "2029-12-31"
)
CONTRACT_LONG_TERM = Field(
    "contract_long_term", "cntr_long_flag", "合同长期有效", "Contract without an end", Flag(), NEVER, "事业编选是"
)
TITLE = Field(
    "title",
    "pro_tech_duty",
    "专业技术职务",
    "Professional title",
    Choice("professional_title"),
    NEVER,
    "233 主治医师",
)

PERSON = (ID_TYPE, ID_NUMBER, SEX)
EMPLOYMENT = (STAFF_STATE, LEFT_ON, FORMAL_CONTRACT, CONTRACT_FROM, CONTRACT_UNTIL, CONTRACT_LONG_TERM)
SECTIONS = (
    Section("人员", "Person", ("name", "id_type", "id_number", "sex")),
    Section(
        "聘用",
        "Employment",
        ("staff_state", "left_on", "formal_contract", "contract_from", "contract_until", "contract_long_term"),
    ),
)
NOTICES = (FORMAL_STAFF_ONLY, LICENSED_ONLY)


def name_field(exchange: str) -> Field:
    """The name of a person, under the column of its table."""
    return Field("name", exchange, "姓名", "Name", PersonName(), ALWAYS, "阿依古丽·买买提", in_drafts=True)


def certificate_field(exchange: str, zh: str, en: str, example: str) -> Field:
    """The number of the certificate without which nobody is recorded (STA-6)."""
    return Field(
        "certificate_number", exchange, zh, en, LicenceNumber(), ALWAYS, example, if_missing=LICENSED_ONLY
    )


def formal_contract(values: Values) -> Iterator[FieldProblem]:
    """Only staff with a formal contract are recorded (STA-4)."""
    if values.get("formal_contract") is False:
        yield FORMAL_STAFF_ONLY.at("formal_contract")


def hospital_pharmacist(values: Values) -> Iterator[FieldProblem]:
    """An institution's pharmacists are not recorded (STA-6)."""
    if values.get("title") in _PHARMACIST_TITLES:
        zh = "医疗机构的药师不维护，只维护定点零售药店的药师。"
        en = "An institution's pharmacists are not recorded; only those of retail pharmacies are."
        yield FieldProblem(field="title", code="hospital-pharmacist", zh=zh, en=en)


def holder_of_certificate(values: Values) -> Iterator[FieldProblem]:
    """The number of a qualification certificate ends in its holder's ID number, of 15 or of 18 digits (STA-5)."""
    number, id_number = values.get("qualification_number"), values.get("id_number")
    if not number or not id_number or values.get("id_type") != CITIZEN_ID or len(number) not in _WITH_ID_NUMBER:
        return
    if is_citizen_id(id_number, date.max) and parse_id_number(number[_BEFORE_ID_NUMBER:]) != id_number:
        zh = "资格证书编码中的身份证号与所填身份证件号码不是同一人。"
        en = "The ID number in the qualification certificate's number is another person's."
        yield FieldProblem(field="qualification_number", code="certificate-of-another", zh=zh, en=en)


def sex_of_id_number(values: Values) -> Iterator[FieldProblem]:
    """The last digit but one of a citizen's number is odd for men and even for women (GB 11643-1999)."""
    id_number, sex = values.get("id_number"), values.get("sex")
    if values.get("id_type") != CITIZEN_ID or not id_number or sex not in (_MALE, _FEMALE):
        return
    expected = _MALE if int(id_number[-2]) % 2 else _FEMALE
    if sex != expected:
        zh, en = "性别与身份证号不符，请核对。", "The sex does not agree with the ID number; please compare."
        yield FieldProblem(field="sex", code="sex-differs-from-id-number", zh=zh, en=en)


def unusual_length(field: str, zh: str, en: str, *usual: int) -> Check:
    """A certificate number of an unusual length is worth a second look."""

    def check(values: Values) -> Iterator[FieldProblem]:
        number = values.get(field)
        if number and len(number) not in usual:
            lengths_zh, lengths_en = " 或 ".join(map(str, usual)), " or ".join(map(str, usual))
            yield FieldProblem(
                field=field,
                code="unusual-certificate-number",
                zh=f"{zh}一般为 {lengths_zh} 位，您填写了 {len(number)} 位，请核对。",
                en=f"{en} has {lengths_en} characters as a rule; this one has {len(number)}.",
            )

    return check


CHECKS: tuple[Check, ...] = (
    identified("id_type", "id_number"),
    in_order("contract_from", "contract_until"),
    in_order("contract_from", "left_on"),
    long_term("contract_until", "contract_long_term"),
    formal_contract,
)
