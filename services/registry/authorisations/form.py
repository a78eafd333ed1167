"""The form of an authorisation as its reviewers read it (AUT-8)."""

from dataclasses import dataclass
from typing import ClassVar

from pydantic import JsonValue

from shared.contracts.registry.events import AuthorisedProvider
from shared.forms.conditions import ALWAYS
from shared.forms.form import AttachmentField, Field, Form
from shared.forms.kinds import (
    Choice,
    CreditCode,
    Described,
    Flag,
    Name,
    Number,
    PersonName,
    Reference,
    Schema,
    Several,
    Text,
)


@dataclass(frozen=True, slots=True)
class Providers(Described):
    """The institutions or pharmacies that an authorisation is for."""

    kind: ClassVar[str] = "providers"

    def parse(self, value: JsonValue, _: Reference, /) -> JsonValue:
        """The providers, which the registry itself has named."""
        return value

    def schema(self) -> Schema:
        """An array of providers."""
        return {"type": "array", "items": AuthorisedProvider.model_json_schema()}


FORM = Form(
    kind="authorisation",
    edition="1",
    zh="授权",
    en="Authorisation",
    fields=(
        Field("letter_number", "letter_number", "授权书编号", "Letter number", Text(20), ALWAYS),
        Field("letter_version", "letter_version", "授权书版次", "Letter version", Number(1, 10000), ALWAYS),
        Field("name", "psn_name", "被授权人", "Authorised person", PersonName(), ALWAYS),
        Field("id_number", "certno", "身份证号", "ID number", Text(18), ALWAYS, private=True),
        Field("username", "username", "用户名", "Username", Text(40), ALWAYS),
        Field("scopes", "scopes", "授权范围", "Scopes", Several(Choice("scope")), ALWAYS),
        Field("enterprise_name", "enterprise_name", "被授权企业", "Authorised enterprise", Name(255)),
        Field(
            "enterprise_uscc",
            "enterprise_uscc",
            "被授权企业统一社会信用代码",
            "Credit code of the authorised enterprise",
            CreditCode(),
        ),
        Field("providers", "providers", "授权机构", "Providers", Providers(), ALWAYS),
        Field("handover", "handover", "维护权限交接", "Handover of the scope", Flag(), ALWAYS),
        Field(
            "scan_recognised", "scan_recognised", "授权书二维码已识别", "Letter's code recognised", Flag(), ALWAYS
        ),
    ),
    attachments=(AttachmentField("scan", "scan_doc", "盖章授权书", "Stamped letter", ALWAYS),),
)
