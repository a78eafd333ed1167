"""What authorisations hear: letters made, scans matched, reviews going on, accounts approved."""

from services.registry.authorisations import use_cases
from shared.contracts.documents.events import LetterMade, ScanMatched
from shared.contracts.registry.events import SubjectKind
from shared.contracts.review.events import CaseApproved, CaseEvent, CaseMoved, CaseOpened, CaseReturned
from shared.messaging.subscriptions import Subscriptions
from shared.postgres.transaction import Transaction

subscriptions = Subscriptions("registry")


@subscriptions.each(LetterMade)
async def authorisation_letters_made(tx: Transaction, event: LetterMade) -> None:
    """Shows that the letter can be downloaded (AUT-5)."""
    await use_cases.letter_made(tx, event)


@subscriptions.each(ScanMatched)
async def authorisation_scans_matched(tx: Transaction, event: ScanMatched) -> None:
    """Files the authorisation with its stamped letter (AUT-6)."""
    await use_cases.scan_matched(tx, event)


@subscriptions.each(CaseOpened)
async def authorisation_cases_opened(tx: Transaction, event: CaseOpened) -> None:
    """Shows the applicant which unit has the authorisation now."""
    await _heard(tx, event)


@subscriptions.each(CaseMoved)
async def authorisation_cases_moved(tx: Transaction, event: CaseMoved) -> None:
    """Shows the applicant where the authorisation went."""
    await _heard(tx, event)


@subscriptions.each(CaseReturned)
async def authorisation_cases_returned(tx: Transaction, event: CaseReturned) -> None:
    """Opens a returned authorisation for mending (AUT-8)."""
    await _heard(tx, event)


@subscriptions.each(CaseApproved)
async def authorisation_cases_approved(tx: Transaction, event: CaseApproved) -> None:
    """Lets an account work once the nation has approved both it and its authorisation (ACC-2, AUT-8)."""
    if event.kind is SubjectKind.ACCOUNT:
        await use_cases.account_approved(tx, event)
    await _heard(tx, event)


async def _heard(tx: Transaction, event: CaseEvent) -> None:
    if event.kind is SubjectKind.AUTHORISATION:
        await use_cases.case_heard(tx, event)
