"""Event consumers for authorisations: letters made, scans matched."""

from services.registry.authorisations import use_cases
from shared.contracts.documents.events import LetterFailed, LetterMade, ScanMatched
from shared.messaging.subscriptions import Subscriptions
from shared.postgres.transaction import Transaction

subscriptions = Subscriptions("registry")


@subscriptions.each(LetterMade, queue="registry.authorisation-letters-made")
async def authorisation_letters_made(tx: Transaction, event: LetterMade) -> None:
    """Shows that the letter can be downloaded (AUT-5)."""
    await use_cases.letter_made(tx, event)


@subscriptions.each(LetterFailed, queue="registry.authorisation-letters-failed")
async def authorisation_letters_failed(tx: Transaction, event: LetterFailed) -> None:
    """Shows why the letter cannot be made (AUT-5)."""
    await use_cases.letter_failed(tx, event)


@subscriptions.each(ScanMatched, queue="registry.authorisation-scans-matched")
async def authorisation_scans_matched(tx: Transaction, event: ScanMatched) -> None:
    """Files the authorisation with its stamped letter (AUT-6)."""
    await use_cases.scan_matched(tx, event)
