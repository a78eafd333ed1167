"""The form of a number change: the part of the provider's own form that changes, with the former numbers."""

from services.registry.providers.rules import NUMBERS
from shared.forms.conditions import ALWAYS
from shared.forms.form import Field, Form
from shared.forms.kinds import Text
from shared.identifiers.uscc import IRREGULAR_USCC_ATTACHMENT

# What an application shows of the provider and does not change.
_SHOWN = ("name", "military", "pooling_region")
# What an approved application changes of the provider.
CHANGED = (*NUMBERS, "uscc_absent", "uscc_irregular")
CHANGED_ATTACHMENTS = ("certificate", "licence", "explanation", IRREGULAR_USCC_ATTACHMENT)
FORMER = {f"former_{name}": name for name in NUMBERS}
FIXED = (*_SHOWN, *FORMER)


def form_of(provider: Form) -> Form:
    """The form of number changes of a kind of provider."""
    shown = tuple(one for one in provider.fields if one.name in (*_SHOWN, *CHANGED))
    former = tuple(
        Field(name, name, f"原{field.zh}", f"Former {field.en[0].lower()}{field.en[1:]}", Text(50))
        for name, field in ((name, provider.field_of[number]) for name, number in FORMER.items())
    )
    reason = Field("reason", "chg_rea", "变更原因", "Reason of the change", Text(500), ALWAYS, "换发新证")
    return Form(
        kind=f"{provider.kind}_number_change",
        edition="1",
        zh=f"{provider.zh}证号变更",
        en=f"Number change of a {provider.en[0].lower()}{provider.en[1:]}",
        fields=(*shown, *former, reason),
        attachments=tuple(one for one in provider.attachments if one.name in CHANGED_ATTACHMENTS),
        checks=provider.checks,
        cautions=provider.cautions,
    )
