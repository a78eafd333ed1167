"""The agreement's form: what the two parties agree, every term once (INS-11).

Exchange names are the columns of the national table of agreements.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from pydantic import JsonValue

from services.agreements.dictionaries import DICTIONARIES
from shared.clock import china_today
from shared.forms.checks import in_order
from shared.forms.conditions import ALWAYS, Values
from shared.forms.filling import completed
from shared.forms.form import AttachmentField, Field, Form, Section
from shared.forms.kinds import Choice, Day, LongText, Number, Reference, Several, Text
from shared.identifiers.invalid import Remark
from shared.problems import FieldProblem

# The kind of provider that a type of agreement is signed with; a supplementary one (3) is signed with either.
_PROVIDER_KIND_OF = {"1": "institution", "2": "pharmacy"}
_OF_ANOTHER_KIND = Remark(
    "agreement-of-another-kind",
    "协议类型与机构类别不符：医疗机构选“定点医疗机构服务协议”，零售药店选“定点零售药店服务协议”。",
    "This type of agreement is for the other kind of provider: each kind has a type of its own.",
)

_FIELDS = (
    Field("agreement_type", "fix_cntr_type", "协议类型", "Type of agreement", Choice("agreement_type"), ALWAYS),
    Field("name", "fix_cntr_name", "协议名称", "Name", Text(200), ALWAYS, "2026年度定点医疗机构服务协议"),
    Field("sign_year", "cntr_sign_year", "签订年度", "Year of signing", Number(1998, 2100), ALWAYS, "2026"),
    Field("signed_on", "cntr_sign_time", "签订时间", "Signed on", Day(), ALWAYS, "2025-12-20"),
    Field("begins_on", "begntime", "开始时间", "Begins on", Day(), ALWAYS, "2026-01-01"),
    Field("ends_on", "endtime", "结束时间", "Ends on, its last day", Day(), ALWAYS, "2026-12-31"),
    Field("charging_level", "fixmedins_chrg_lv", "收费等级", "Charging level", Choice("charging_level")),
    Field(
        "service_objects",
        "fix_cntr_serv_obj",
        "服务对象",
        "Insurances served",
        Several(Choice("service_object")),
        ALWAYS,
        "310 职工基本医疗保险",
    ),
    Field(
        "service_scope",
        "fix_cntr_serv_scp",
        "服务范围",
        "Services",
        Several(Choice("service_scope")),
        ALWAYS,
        "1 综合定点",
    ),
    Field("memo", "memo", "备注", "Memo", LongText(2000)),
)

FORM = Form(
    kind="agreement",
    edition="1",
    zh="服务协议",
    en="Service agreement",
    fields=_FIELDS,
    attachments=(
        AttachmentField(
            "attachment", "fix_cntr_elec_doc", "协议首页及签章页", "First and signature pages", ALWAYS
        ),
    ),
    sections=(
        Section("协议", "Agreement", ("agreement_type", "name", "sign_year", "signed_on", "attachment")),
        Section("期限", "Term", ("begins_on", "ends_on")),
        Section("服务", "Services", ("charging_level", "service_objects", "service_scope", "memo")),
    ),
    checks=(in_order("begins_on", "ends_on"),),
)


def read_terms(
    given: Mapping[str, JsonValue], provider_kind: str | None, now: datetime
) -> tuple[dict[str, Any], list[FieldProblem]]:
    """The terms that a party has filled in, and all that is wrong or missing.

    An agreement of the past is not wrong (AGR-6). The attachment is no value: it comes as a receipt.
    """
    terms, problems = completed(FORM, given, FORM.attachment_of, Reference(DICTIONARIES, {}, china_today(now)))
    of_kind = _PROVIDER_KIND_OF.get(str(terms.get("agreement_type")), provider_kind)
    return terms, problems if of_kind == provider_kind else [*problems, _OF_ANOTHER_KIND.at("agreement_type")]


def has_expired(terms: Values, now: datetime) -> bool:
    """Whether its last day has passed in China."""
    return date.fromisoformat(terms["ends_on"]) < china_today(now)
