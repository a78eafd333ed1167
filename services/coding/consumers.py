"""What coding hears."""

from collections.abc import Sequence

from services.coding import use_cases
from shared.contracts.agreements.events import AgreementConfirmed
from shared.contracts.registry.events import ProviderApproved, SubjectKind
from shared.messaging.kinds import must_know
from shared.messaging.subscriptions import Subscriptions
from shared.postgres.transaction import Transaction

subscriptions = Subscriptions("coding")

_PROVIDERS = must_know(SubjectKind.INSTITUTION)


@subscriptions.together(ProviderApproved, queue="coding.providers-approved", kinds=_PROVIDERS)
async def institutions_approved(tx: Transaction, approved: Sequence[ProviderApproved]) -> None:
    """Assigns codes to institutions that the nation has approved."""
    await use_cases.institutions_approved(tx, approved)


@subscriptions.together(AgreementConfirmed, queue="coding.agreements-confirmed")
async def agreements_confirmed(tx: Transaction, confirmed: Sequence[AgreementConfirmed]) -> None:
    """Assigns the codes that were waiting for an agreement."""
    await use_cases.agreements_confirmed(tx, confirmed)
