"""Event consumers of the documents service: letters to be made, and with what documents were filed."""

from collections.abc import Sequence

from services.documents import use_cases
from services.documents.letter_maker import LetterMaker
from services.documents.rules import StoredFile
from shared.contracts.agreements.events import AgreementConfirmed, AgreementSubmitted
from shared.contracts.registry.events import AuthorisationPrepared, MaintainersChanged, SubmissionFiled
from shared.maintainers.store import save_maintainers
from shared.messaging.subscriptions import Subscriptions
from shared.postgres.transaction import Transaction


async def authorisations_prepared(
    tx: Transaction, event: AuthorisationPrepared, letter: StoredFile | None
) -> None:
    """Makes the letter of an authorisation that was drawn up or changed."""
    await use_cases.letter_prepared(tx, event, letter)


async def submissions_filed(tx: Transaction, filed: Sequence[SubmissionFiled]) -> None:
    """Opens the documents that were filed to the units that review them."""
    await use_cases.refer_by_submissions(tx, filed)


async def agreements_submitted(tx: Transaction, submitted: Sequence[AgreementSubmitted]) -> None:
    """Opens the paper of an agreement to its agency."""
    await use_cases.refer_by_agreements(tx, submitted)


async def agreements_confirmed(tx: Transaction, confirmed: Sequence[AgreementConfirmed]) -> None:
    """Opens the paper of an agreement that was mended or entered by its agency."""
    await use_cases.refer_by_agreements(tx, confirmed)


async def maintainers_changed(tx: Transaction, changed: Sequence[MaintainersChanged]) -> None:
    """Knows who maintains a provider, and so reads its papers."""
    await save_maintainers(tx, changed)


def subscriptions(letters: LetterMaker) -> Subscriptions:
    """The subscriptions of the service; letters are made in this room."""
    consumed = Subscriptions("documents")
    consumed.each_prepared(AuthorisationPrepared, letters.made, queue="documents.authorisations-prepared")(
        authorisations_prepared
    )
    consumed.together(SubmissionFiled, queue="documents.submissions-filed")(submissions_filed)
    consumed.together(AgreementSubmitted, queue="documents.agreements-submitted")(agreements_submitted)
    consumed.together(AgreementConfirmed, queue="documents.agreements-confirmed")(agreements_confirmed)
    consumed.together(MaintainersChanged, queue="documents.maintainers-changed")(maintainers_changed)
    return consumed
