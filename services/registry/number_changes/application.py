"""Number changes as a kind of application, one for each kind of provider."""

from collections.abc import Sequence
from functools import partial

from services.registry.applications.application import Application
from services.registry.institutions.subject import INSTITUTION
from services.registry.number_changes import use_cases
from services.registry.number_changes.form import form_of
from services.registry.number_changes.rules import begun, check_fixed
from services.registry.pharmacies.subject import PHARMACY
from services.registry.records.rules import Copy, Record
from services.registry.records.subject import Approved, Subject, without_identity
from shared.contracts.event import Event
from shared.postgres.transaction import Transaction


def number_changes_of(provider: Subject) -> Application:
    """The number changes of a kind of provider."""
    form = form_of(provider.form)

    async def check_submission(tx: Transaction, change: Record, wanted: Copy) -> None:
        """The new numbers are kept for the provider."""
        await use_cases.claim_numbers(tx, provider, change, wanted)

    async def on_approved(tx: Transaction, changes: Sequence[Approved]) -> Sequence[Event | None]:
        """Coding and agreements learn of the provider's new numbers."""
        return [await use_cases.change_numbers(tx, provider, *one) for one in changes]

    subject = Subject(
        form=form,
        collection=f"{provider.kind}-number-changes",
        scope=provider.scope,
        dictionaries=provider.dictionaries,
        region=provider.region,
        numbers=provider.numbers,
        added_with=frozenset({provider.name, "pooling_region"}),
        identities=without_identity,
        check_change=check_fixed,
        check_submission=check_submission,
        on_approved=on_approved,
    )
    return Application(subject, provider, partial(begun, form))


INSTITUTION_NUMBER_CHANGE = number_changes_of(INSTITUTION)
PHARMACY_NUMBER_CHANGE = number_changes_of(PHARMACY)
