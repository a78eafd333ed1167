"""Pharmacies as a kind of record."""

from collections.abc import Sequence

from services.registry.authorisations.renewals import provider_renamed
from services.registry.dictionaries import DICTIONARIES
from services.registry.pharmacies.form import FORM
from services.registry.providers.rules import CORRECTED_BY_ADDER, NUMBERS, approval_of, check_numbers
from services.registry.records.subject import Approved, Subject
from shared.contracts.event import Event
from shared.contracts.registry.events import Scope
from shared.identifiers.uscc import IRREGULAR_USCC_ATTACHMENT
from shared.postgres.transaction import Transaction


async def on_approved(tx: Transaction, approved: Sequence[Approved]) -> Sequence[Event | None]:
    """Coding and agreements learn of the pharmacies; the business licence has the legal name (PHA-2)."""
    return [
        approval_of(FORM.kind, *one, tx.now, legal_name="name", provider_type="chain_type") for one in approved
    ]


PHARMACY = Subject(
    form=FORM,
    collection="pharmacies",
    scope=Scope.PHARMACY,
    dictionaries=DICTIONARIES,
    region="pooling_region",
    numbers=NUMBERS,
    added_with=frozenset({"name", *NUMBERS, "pooling_region", IRREGULAR_USCC_ATTACHMENT}),
    corrected_by_adder=CORRECTED_BY_ADDER,
    applications=("pharmacy_number_change",),
    dependents=("pharmacy_number_change", "pharmacist"),
    check_change=check_numbers,
    on_renamed=provider_renamed,
    on_approved=on_approved,
)
