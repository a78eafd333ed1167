"""What accounts hear: how their reviews go on."""

from services.registry.accounts import use_cases
from shared.contracts.review.events import CaseApproved, CaseMoved, CaseOpened, CaseReturned
from shared.messaging.subscriptions import Subscriptions
from shared.postgres.transaction import Transaction

subscriptions = Subscriptions("registry")


@subscriptions.each(CaseOpened)
async def account_cases_opened(tx: Transaction, event: CaseOpened) -> None:
    """Shows the applicant which unit has the account now."""
    await use_cases.heard_of_case(tx, event)


@subscriptions.each(CaseMoved)
async def account_cases_moved(tx: Transaction, event: CaseMoved) -> None:
    """Shows the applicant where the account went."""
    await use_cases.heard_of_case(tx, event)


@subscriptions.each(CaseReturned)
async def account_cases_returned(tx: Transaction, event: CaseReturned) -> None:
    """Opens a returned account for mending."""
    await use_cases.heard_of_case(tx, event)


@subscriptions.each(CaseApproved)
async def account_cases_approved(tx: Transaction, event: CaseApproved) -> None:
    """Puts an approved account into force."""
    await use_cases.heard_of_case(tx, event)
