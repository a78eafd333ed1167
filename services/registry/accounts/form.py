"""The form of a person's account (ACC-1)."""

from shared.forms.conditions import ALWAYS
from shared.forms.form import AttachmentField, Field, Form
from shared.forms.kinds import CitizenId, InsuranceRegion, PersonName, Phone, Text

FORM = Form(
    kind="account",
    edition="1",
    zh="账号",
    en="Account",
    fields=(
        Field("username", "username", "用户名", "Username", Text(40), ALWAYS, in_drafts=True),
        Field("name", "psn_name", "姓名", "Name", PersonName(), ALWAYS, "与身份证一致", in_drafts=True),
        Field(
            "id_number",
            "certno",
            "身份证号",
            "ID number",
            CitizenId(),
            ALWAYS,
            "18 位",
            in_drafts=True,
            private=True,
        ),
        Field(
            "phone",
            "tel",
            "手机号码",
            "Phone",
            Phone(),
            ALWAYS,
            "手机号码，或带区号的固定电话",
            in_drafts=True,
            private=True,
        ),
        Field("region", "admdvs", "医保区划", "Region", InsuranceRegion(), ALWAYS, "430302", in_drafts=True),
    ),
    attachments=(
        AttachmentField("id_card_front", "id_card_front_doc", "身份证正面", "ID card, front", ALWAYS),
        AttachmentField("id_card_back", "id_card_back_doc", "身份证反面", "ID card, back", ALWAYS),
        AttachmentField("certificate", "cert_elec_doc", "机构证照", "Certificate of the institution", ALWAYS),
    ),
)
