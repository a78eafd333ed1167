"""Makes a kind of staff of a form, the scope that opens it, and the kind of provider that it belongs to."""

from collections.abc import Callable, Sequence
from datetime import date

from services.registry.dictionaries import DICTIONARIES
from services.registry.records.rules import Copy, Record, Values
from services.registry.records.subject import Approved, Subject
from services.registry.staff import use_cases
from services.registry.staff.rules import ID_FIELDS, by_person_at_provider, check_in_post, staff_exists
from services.registry.staff.staff_kind import StaffKind
from shared.clock import china_today
from shared.contracts.event import Event
from shared.contracts.registry.events import Scope
from shared.forms.form import Form
from shared.postgres.transaction import Transaction
from shared.security.identifiers import Cipher

Check = Callable[[Record, Copy, date], None]


def check_nothing(_record: Record, _submitted: Copy, _today: date) -> None:
    """Whoever is in post can be submitted."""


def staff_kind(
    form: Form, collection: str, scope: Scope, provider: Subject, check: Check = check_nothing
) -> StaffKind:
    """The kind of staff with this form, at providers of a kind; `check` refuses a submission by its own rules."""

    async def check_submission(tx: Transaction, record: Record, submitted: Copy) -> None:
        """Who is submitted is in post, and whatever the kind requires is so today."""
        check_in_post(record, submitted)
        check(record, submitted, china_today(tx.now))

    async def link(tx: Transaction, cipher: Cipher, record: Record, values: Values) -> Record:
        """The record is about the practitioner with this ID number, whose code it shows."""
        return await use_cases.link(tx, form.kind, cipher, record, values)

    async def on_approved(tx: Transaction, approved: Sequence[Approved]) -> Sequence[Event | None]:
        """Coding learns of the practitioners; who bears a code already shows it here too (COD-5)."""
        return await use_cases.practitioners_approved(tx, form.kind, [one.record for one in approved])

    subject = Subject(
        form=form,
        collection=collection,
        scope=scope,
        dictionaries=DICTIONARIES,
        region=None,
        numbers=("certificate_number", "id_number"),
        added_with=frozenset({"name", *ID_FIELDS}),
        identities=by_person_at_provider,
        duplicate=staff_exists,
        link=link,
        check_submission=check_submission,
        on_approved=on_approved,
    )
    return StaffKind(subject, provider)
