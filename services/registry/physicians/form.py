"""The physician's form: every field once (STA-1).

Exchange names are the columns of the national table of physicians.
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
    holder_of_certificate,
    hospital_pharmacist,
    name_field,
    sex_of_id_number,
    unusual_length,
)
from shared.forms.conditions import ALWAYS, NEVER, Values, When
from shared.forms.form import AttachmentField, Field, Form, Section
from shared.forms.kinds import Choice, Flag, LicenceNumber, Several, Text
from shared.identifiers.invalid import Remark
from shared.problems import FieldProblem

_OTHER_CATEGORY, _OTHER_SCOPE = "9", "99"
# The scopes of each category begin with these digits (卫医发〔2001〕169号).
_SCOPES_OF = {"1": "12", "2": "3", "3": "4", "4": "5"}
_OTHERS = Remark(
    "category-other",
    "执业类别中找不到的人员，如麻醉医师、影像医师，请选择“其他”。",
    "Whoever finds no category, such as anaesthetists and radiologists, chooses 其他 (other).",
)


def _fitting_scope(values: Values) -> Iterator[FieldProblem]:
    category = values.get("category")
    digits = _SCOPES_OF.get(str(category))
    if digits and any(one[0] not in digits and one != _OTHER_SCOPE for one in values.get("scope") or ()):
        zh, en = "执业范围与执业类别不符，请核对。", "The scope of practice does not belong to the category."
        yield FieldProblem(field="scope", code="scope-of-another-category", zh=zh, en=en)


_FIELDS = (
    name_field("dr_name"),
    *PERSON,
    *EMPLOYMENT,
    Field(
        "qualification_number",
        "dr_cert_codg",
        "医师资格证书编码",
        "Qualification certificate number",
        LicenceNumber(),
        ALWAYS,
        "24 或 27 位",
        # It ends in the ID number of its holder.
        private=True,
    ),
    certificate_field("dr_prac_cert_no", "医师执业证书编码", "Practising certificate number", "15 位"),
    Field("category", "dr_prac_type", "执业类别", "Category", Choice("physician_category"), ALWAYS, "1 临床"),
    Field(
        "scope",
        "dr_prac_scp",
        "执业范围",
        "Scope of practice",
        Several(Choice("physician_scope")),
        ALWAYS,
        "11 内科专业",
    ),
    Field("practice_level", "dr_prac_lv", "执业级别", "Level", Choice("physician_level"), ALWAYS, "1 执业医师"),
    TITLE,
    Field("multi_site", "mul_prac_flag", "多点执业", "Practises at several places", Flag(), ALWAYS, "否"),
    Field(
        "main_institution_code",
        "main_pracins_no",
        "主执业机构代码",
        "Code of the main place of practice",
        Text(12),
        NEVER,
        applies=When("multi_site"),
    ),
    Field("practice_division", "prac_regn", "执业地区", "Division of practice", Choice("division")),
)

FORM = Form(
    kind="physician",
    edition="1",
    zh="医师",
    en="Physician",
    fields=_FIELDS,
    attachments=(
        AttachmentField(
            "certificate", "dr_praccert_elec_doc", "医师执业证书电子文档", "Practising certificate", NEVER
        ),
    ),
    sections=(
        *SECTIONS,
        Section(
            "执业",
            "Practice",
            ("qualification_number", "certificate_number", "category", "scope", "practice_level", "title",
             "multi_site", "main_institution_code", "practice_division", "certificate"),
        ),
    ),
    checks=(*CHECKS, hospital_pharmacist, holder_of_certificate, _fitting_scope),
    cautions=(
        sex_of_id_number,
        unusual_length("qualification_number", "医师资格证书编码", "A qualification certificate's number", 24, 27),
        unusual_length("certificate_number", "医师执业证书编码", "A practising certificate's number", 15),
    ),
    notices=(*NOTICES, _OTHERS),
)  # fmt: skip
