"""The retail pharmacist's form: every field once (PHA-3, PHA-4).

Exchange names are the columns of the national table of pharmacists; that of the opening day is the platform's own.
"""

from collections.abc import Iterator

from services.registry.staff.fields import (
    CHECKS,
    EMPLOYMENT,
    NOTICES,
    PERSON,
    SECTIONS,
    TITLE,
    certificate_field,
    name_field,
    sex_of_id_number,
)
from shared.forms.checks import in_order
from shared.forms.conditions import ALWAYS, NEVER, Values, When
from shared.forms.form import AttachmentField, Field, Form, Section
from shared.forms.kinds import Choice, Day, LicenceNumber, Text
from shared.problems import FieldProblem

# 从业药师, in the dictionary of certificate types; 药学与中药学, in that of categories.
TRANSITIONAL, BOTH_PHARMACIES = "2", "3"
_CERTIFIED = ("1", TRANSITIONAL)
OPENED_BY, ENDS_ON = "2015-11-20", "2020-12-31"


def _transitional(values: Values) -> Iterator[FieldProblem]:
    """A 从业药师 counts as a licensed pharmacist in pharmacies opened by 2015-11-20, until 2020-12-31 (PHA-4)."""
    if values.get("certificate_type") != TRANSITIONAL:
        return
    if (values.get("pharmacy_opened_on") or OPENED_BY) > OPENED_BY:
        zh = "2015 年 11 月 20 日以后开办的药店，从业药师不能视同执业药师。"
        en = "In a pharmacy opened after 2015-11-20 a 从业药师 does not count as a licensed pharmacist."
        yield FieldProblem(field="pharmacy_opened_on", code="opened-too-late", zh=zh, en=en)
    if (values.get("expires_on") or ENDS_ON) > ENDS_ON:
        zh = "从业药师资格有效期最长到 2020 年 12 月 31 日。"
        en = "The qualification of a 从业药师 is valid until 2020-12-31 at the latest."
        yield FieldProblem(field="expires_on", code="beyond-the-transition", zh=zh, en=en)
    registered, qualified = values.get("certificate_number"), values.get("qualification_number")
    if registered and qualified and registered != qualified:
        zh = "从业药师的注册证号和资格证号都填写从业资格证书上的证书编号。"
        en = "For a 从业药师 both numbers are that of the qualification certificate."
        yield FieldProblem(field="certificate_number", code="one-number-for-both", zh=zh, en=en)
    if values.get("category") not in (None, BOTH_PHARMACIES):
        zh, en = "从业药师的执业类别请选择“药学与中药学”。", "The category of a 从业药师 is 药学与中药学."
        yield FieldProblem(field="category", code="both-pharmacies", zh=zh, en=en)


def _type_of_certificate(values: Values) -> Iterator[FieldProblem]:
    """Who is a licensed pharmacist or a 从业药师 has the certificate of that name."""
    chosen, certificate = values.get("pharmacist_type"), values.get("certificate_type")
    if chosen in _CERTIFIED and certificate and chosen != certificate:
        zh = "药师类别与资格证书类别不一致，请核对。"
        en = "The type of pharmacist does not agree with the type of certificate; please compare."
        yield FieldProblem(field="pharmacist_type", code="type-differs-from-certificate", zh=zh, en=en)


_FIELDS = (
    name_field("phar_name"),
    *PERSON,
    *EMPLOYMENT,
    Field(
        "certificate_type",
        "praccert_type",
        "资格证书类别",
        "Type of certificate",
        Choice("pharmacist_certificate_type"),
        ALWAYS,
        "1 执业药师",
    ),
    Field(
        "pharmacy_opened_on",
        "phac_open_date",
        "药店开办时间",
        "Day on which the pharmacy opened",
        Day(),
        When("certificate_type", TRANSITIONAL),
        "2012-05-01",
        applies=When("certificate_type", TRANSITIONAL),
    ),
    Field(
        "qualification_number",
        "phar_prac_cert_no",
        "药师资格证号",
        "Qualification certificate number",
        LicenceNumber(),
        ALWAYS,
    ),
    certificate_field("regcert_no", "注册证号", "Registration number", "从业药师填写证书编号"),
    Field("employer", "phar_prac_emp", "药师执业单位", "Employer on the certificate", Text(255), ALWAYS),
    Field("registered_on", "reg_time", "注册时间", "Registered on", Day(), ALWAYS, "2024-03-01"),
    Field("expires_on", "expy_endtime", "有效期结束时间", "Valid until", Day(), ALWAYS, "2029-02-28"),
    Field("category", "phar_prac_type", "执业类别", "Category", Choice("pharmacist_category"), ALWAYS, "1 药学"),
    Field(
        "scope", "phar_prac_scp", "执业范围", "Scope of practice", Choice("pharmacist_scope"), ALWAYS, "2 药品经营"
    ),
    Field("pharmacist_type", "phar_type", "药师类别", "Type of pharmacist", Choice("pharmacist_type")),
    TITLE,
)

FORM = Form(
    kind="pharmacist",
    edition="1",
    zh="药师",
    en="Pharmacist",
    fields=_FIELDS,
    attachments=(
        AttachmentField(
            "qualification", "phar_cert_elec_doc", "资格证书电子文档", "Qualification certificate", NEVER
        ),
        AttachmentField(
            "certificate", "prac_phar_regcert_elec_doc", "注册证电子文档", "Registration certificate", NEVER
        ),
    ),
    sections=(
        *SECTIONS,
        Section(
            "执业",
            "Practice",
            ("certificate_type", "pharmacy_opened_on", "qualification_number", "certificate_number", "employer",
             "registered_on", "expires_on", "category", "scope", "pharmacist_type", "title",
             "qualification", "certificate"),
        ),
    ),
    checks=(*CHECKS, in_order("registered_on", "expires_on"), _transitional),
    cautions=(sex_of_id_number, _type_of_certificate),
    notices=NOTICES,
)  # fmt: skip
