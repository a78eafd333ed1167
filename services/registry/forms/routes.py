"""The HTTP endpoints of forms: with them clients label values, check input, make templates."""

from pydantic import BaseModel

from services.registry.accounts.form import FORM as ACCOUNT
from services.registry.authorisations.form import FORM as AUTHORISATION
from services.registry.subjects import SUBJECTS
from services.registry.zones.form import FORM as ZONE
from shared.forms.description import FormDescription, description
from shared.problems import NotFound
from shared.web.routes import PUBLIC, Routes

forms = Routes("forms")

_FORMS = {
    one.kind: one for one in (ACCOUNT, AUTHORISATION, ZONE, *(subject.form for subject in SUBJECTS.values()))
}


class FormList(BaseModel):
    """The kinds of forms, each in its present edition."""

    forms: list[FormDescription]


@forms.get("/forms", by=PUBLIC)
async def list_forms() -> FormList:
    """Anyone reads which forms there are."""
    return FormList(forms=[description(one) for one in _FORMS.values()])


@forms.get("/forms/{kind}", by=PUBLIC)
async def read_form(kind: str) -> FormDescription:
    """Anyone reads how a form is labelled, what it takes and what it requires."""
    if kind not in _FORMS:
        raise NotFound
    return description(_FORMS[kind])
