"""What a number change begins with, which of its fields stay, and what its approval makes of the provider."""

from services.registry.applications.rules import Applicant
from services.registry.number_changes.form import CHANGED, CHANGED_ATTACHMENTS, FIXED, FORMER
from services.registry.number_changes.problems import NumberChangeNotNeeded, NumbersUnchanged
from services.registry.providers.rules import numbers_of
from services.registry.records.rules import Copy, Record, Values
from shared.forms.filling import refuse
from shared.forms.form import Form
from shared.problems import FieldProblem


def begun(form: Form, applicant: Applicant) -> Values:
    """The values of a new application: those in force, once more as the former ones (INS-4)."""
    NumberChangeNotNeeded.unless(applicant.record.code is not None, name=applicant.record.name)
    values = applicant.in_force.values if applicant.in_force else {}
    shown = {name: values[name] for name in form.field_of if name in values}
    former = {name: values[number] for name, number in FORMER.items() if values.get(number)}
    return {**shown, **former}


def check_fixed(_record: Record, before: Values, after: Values) -> None:
    """What an application shows of the provider is not changed by it."""
    refuse(
        FieldProblem(
            field=name,
            code="not-in-a-number-change",
            zh="证号变更只修改统一社会信用代码和许可证号，此项不能修改。",
            en="A number change alters credit code and licence number alone; this field cannot be changed.",
        )
        for name in FIXED
        if before.get(name) != after.get(name)
    )


def check_changed(applicant: Applicant, wanted: Values) -> None:
    """An application asks for other numbers than those in force."""
    present = applicant.in_force.values if applicant.in_force else {}
    NumbersUnchanged.unless(numbers_of(present) != numbers_of(wanted), name=applicant.record.name)


def with_numbers(copy: Copy, approved: Copy) -> Copy:
    """A copy of the provider with the numbers and the certificates of the approved application."""
    values = {name: value for name, value in copy.values.items() if name not in CHANGED}
    attachments = {name: one for name, one in copy.attachments.items() if name not in CHANGED_ATTACHMENTS}
    return Copy(
        {**values, **{name: approved.values[name] for name in CHANGED if name in approved.values}},
        {**attachments, **approved.attachments},
    )
