"""Pharmacies as a kind of record."""

from services.registry.dictionaries import DICTIONARIES
from services.registry.pharmacies.form import FORM
from services.registry.providers.rules import NUMBERS, approval_of, check_numbers
from services.registry.records.rules import Copy, Record
from services.registry.records.subject import Subject
from shared.contracts.event import Event
from shared.contracts.registry.events import Scope
from shared.identifiers.uscc import IRREGULAR_USCC_ATTACHMENT
from shared.postgres.transaction import Transaction


async def on_approved(tx: Transaction, record: Record, submitted: Copy) -> Event | None:
    """Coding and agreements learn of the pharmacy; the name on the business licence is its legal name (PHA-2)."""
    return approval_of(FORM.kind, record, submitted, tx.now, legal_name="name", provider_type="chain_type")


PHARMACY = Subject(
    form=FORM,
    collection="pharmacies",
    scope=Scope.PHARMACY,
    dictionaries=DICTIONARIES,
    region="pooling_region",
    numbers=NUMBERS,
    added_with=frozenset({"name", *NUMBERS, "pooling_region", IRREGULAR_USCC_ATTACHMENT}),
    applications=("pharmacy_number_change",),
    check_change=check_numbers,
    on_approved=on_approved,
)
