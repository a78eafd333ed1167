"""Event consumers of coding: approvals of providers and of practitioners, and confirmed agreements."""

from collections.abc import Sequence

from services.coding import use_cases
from shared.contracts.agreements.events import AgreementConfirmed
from shared.contracts.registry.events import PractitionerApproved, ProviderApproved, ProviderArchived
from shared.messaging.kinds import must_know
from shared.messaging.subscriptions import Subscriptions
from shared.postgres.transaction import Transaction

subscriptions = Subscriptions("coding")

# The kinds that the migrations lay down a code format for. What is approved has to get its code, so others wait.
_CODED = must_know(
    "institution",
    "pharmacy",
    "physician",
    "nurse",
    "hospital_pharmacist",
    "hospital_technician",
    "pharmacist",
)


@subscriptions.together(ProviderApproved, queue="coding.providers-approved", kinds=_CODED)
async def providers_approved(tx: Transaction, approved: Sequence[ProviderApproved]) -> None:
    """Assigns codes to providers that the nation has approved."""
    await use_cases.providers_approved(tx, approved)


@subscriptions.together(PractitionerApproved, queue="coding.practitioners-approved", kinds=_CODED)
async def practitioners_approved(tx: Transaction, approved: Sequence[PractitionerApproved]) -> None:
    """Assigns codes to physicians, nurses and pharmacists that the nation has approved (COD-5)."""
    await use_cases.practitioners_approved(tx, approved)


@subscriptions.together(ProviderArchived, queue="coding.providers-archived", kinds=_CODED)
async def providers_archived(tx: Transaction, archived: Sequence[ProviderArchived]) -> None:
    """Retires the codes of archived providers for ever (COD-4)."""
    await use_cases.providers_archived(tx, archived)


@subscriptions.together(AgreementConfirmed, queue="coding.agreements-confirmed")
async def agreements_confirmed(tx: Transaction, confirmed: Sequence[AgreementConfirmed]) -> None:
    """Assigns the codes that were waiting for an agreement."""
    await use_cases.agreements_confirmed(tx, confirmed)
