"""The nurse's form: every field once (STA-1).

Exchange names are the columns of the national table of nurses.
"""

from services.registry.staff.fields import (
    CHECKS,
    EMPLOYMENT,
    NOTICES,
    PERSON,
    SECTIONS,
    TITLE,
    certificate_field,
    hospital_pharmacist,
    name_field,
    sex_of_id_number,
    unusual_length,
)
from shared.forms.conditions import ALWAYS, NEVER
from shared.forms.form import AttachmentField, Field, Form, Section
from shared.forms.kinds import Choice

FORM = Form(
    kind="nurse",
    edition="1",
    zh="护士",
    en="Nurse",
    fields=(
        name_field("nurs_name"),
        *PERSON,
        *EMPLOYMENT,
        certificate_field("nurs_prac_cert_no", "护士执业证书编号", "Nurse certificate number", "12 位"),
        Field("category", "prac_type", "执业类别", "Category", Choice("nurse_category"), ALWAYS, "21 注册护士"),
        TITLE,
    ),
    attachments=(
        AttachmentField(
            "certificate", "hi_nurs_regcert_elec_doc", "护士注册证电子文档", "Registration certificate", NEVER
        ),
    ),
    sections=(
        *SECTIONS,
        Section("执业", "Practice", ("certificate_number", "category", "title", "certificate")),
    ),
    checks=(*CHECKS, hospital_pharmacist),
    cautions=(
        sex_of_id_number,
        unusual_length("certificate_number", "护士执业证书编号", "A nurse certificate's number", 12),
    ),
    notices=NOTICES,
)
