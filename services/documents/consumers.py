"""Event consumers of the documents service: letters to be made, and with what documents were filed."""

from collections.abc import Sequence

from services.documents import use_cases
from services.documents.letter_maker import LetterMaker
from services.documents.rules import LetterFailure, StoredFile
from shared.contracts.agreements.events import AgreementConfirmed, AgreementSubmitted
from shared.contracts.registry.events import (
    AttachmentsChanged,
    AuthorisationPrepared,
    DiseaseRecorded,
    MaintainersChanged,
    SubjectKind,
    SubmissionFiled,
)
from shared.contracts.review.events import CaseApproved, CaseReturned, CaseWithdrawn
from shared.maintainers.store import save_maintainers
from shared.messaging.kinds import only
from shared.messaging.subscriptions import Subscriptions
from shared.postgres.transaction import Transaction


async def authorisations_prepared(
    tx: Transaction, event: AuthorisationPrepared, letter: StoredFile | LetterFailure | None
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


async def authorisations_returned(tx: Transaction, returned: Sequence[CaseReturned]) -> None:
    """Takes scans again of a letter that a reviewer sent back."""
    await use_cases.authorisations_returned(tx, returned)


async def authorisations_withdrawn(tx: Transaction, withdrawn: Sequence[CaseWithdrawn]) -> None:
    """Takes scans again of a letter that its account took back."""
    await use_cases.authorisations_returned(tx, withdrawn)


async def authorisations_approved(tx: Transaction, approved: Sequence[CaseApproved]) -> None:
    """Takes no further scans of an approved letter."""
    await use_cases.authorisations_approved(tx, approved)


async def diseases_recorded(tx: Transaction, recorded: Sequence[DiseaseRecorded]) -> None:
    """Opens the policy document of a disease to the units of its region."""
    await use_cases.refer_by_diseases(tx, recorded)


async def attachments_changed(tx: Transaction, changed: Sequence[AttachmentsChanged]) -> None:
    """Knows which documents are still needed by records that nobody has submitted."""
    await use_cases.refer_by_working_copies(tx, changed)


def subscriptions(letters: LetterMaker) -> Subscriptions:
    """The subscriptions of the service; letters are made in this room."""
    consumed = Subscriptions("documents")
    consumed.each_prepared(AuthorisationPrepared, letters.made, queue="documents.authorisations-prepared")(
        authorisations_prepared
    )
    consumed.together(SubmissionFiled, queue="documents.submissions-filed")(submissions_filed)
    authorisations = only(SubjectKind.AUTHORISATION)
    consumed.together(CaseReturned, queue="documents.cases-returned", kinds=authorisations)(
        authorisations_returned
    )
    consumed.together(CaseWithdrawn, queue="documents.cases-withdrawn", kinds=authorisations)(
        authorisations_withdrawn
    )
    consumed.together(CaseApproved, queue="documents.cases-approved", kinds=authorisations)(
        authorisations_approved
    )
    consumed.together(AgreementSubmitted, queue="documents.agreements-submitted")(agreements_submitted)
    consumed.together(AgreementConfirmed, queue="documents.agreements-confirmed")(agreements_confirmed)
    consumed.together(MaintainersChanged, queue="documents.maintainers-changed")(maintainers_changed)
    consumed.together(DiseaseRecorded, queue="documents.diseases-recorded")(diseases_recorded)
    consumed.together(AttachmentsChanged, queue="documents.attachments-changed")(attachments_changed)
    return consumed
