"""Institutions as a kind of record."""

from collections.abc import Sequence

from services.registry.admissions import use_cases as admissions
from services.registry.authorisations.renewals import provider_renamed
from services.registry.dictionaries import DICTIONARIES
from services.registry.institutions.form import FORM
from services.registry.providers.rules import CORRECTED_BY_ADDER, NUMBERS, approval_of, check_numbers
from services.registry.records.subject import Approved, Subject
from shared.contracts.event import Event
from shared.contracts.registry.events import Scope
from shared.identifiers.uscc import IRREGULAR_USCC_ATTACHMENT
from shared.postgres.transaction import Transaction


async def on_approved(tx: Transaction, approved: Sequence[Approved]) -> Sequence[Event | None]:
    """Coding and agreements learn of the institutions (INS-8)."""
    return [
        approval_of(FORM.kind, *one, tx.now, legal_name="legal_name", provider_type="institution_type")
        for one in approved
    ]


INSTITUTION = Subject(
    form=FORM,
    collection="institutions",
    scope=Scope.INSTITUTION,
    dictionaries=DICTIONARIES,
    region="pooling_region",
    numbers=NUMBERS,
    other_names=("second_name",),
    added_with=frozenset({"name", *NUMBERS, "pooling_region", "explanation", IRREGULAR_USCC_ATTACHMENT}),
    corrected_by_adder=CORRECTED_BY_ADDER,
    admit=admissions.check,
    applications=("institution_number_change",),
    dependents=("institution_number_change", "physician", "nurse"),
    check_change=check_numbers,
    on_renamed=provider_renamed,
    on_approved=on_approved,
)
