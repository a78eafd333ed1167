"""The form of an application for a development zone, as its reviewers read it (REG-2)."""

from shared.forms.conditions import ALWAYS
from shared.forms.form import AttachmentField, Field, Form
from shared.forms.kinds import CreditCode, InsuranceRegion, Name, Text

FORM = Form(
    kind="zone",
    edition="1",
    zh="开发区",
    en="Development zone",
    fields=(
        Field(
            "name", "admdvs_name", "开发区名称", "Name of the zone", Name(200), ALWAYS, "湘潭高新技术产业开发区"
        ),
        Field(
            "uscc", "uscc", "管委会统一社会信用代码", "Credit code of its office", CreditCode(), ALWAYS, "18 位"
        ),
        Field("code", "admdvs", "新增区划代码", "Code of the region", Text(6), ALWAYS, "信用代码第 3-8 位"),
        Field("city", "prnt_admdvs", "所属地市", "City", InsuranceRegion(), ALWAYS, "430300"),
    ),
    attachments=(
        AttachmentField("certificate", "uscc_doc", "统一社会信用代码证", "Certificate of the credit code", ALWAYS),
    ),
)
