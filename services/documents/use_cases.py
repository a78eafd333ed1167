"""What is done with documents, one transaction each: keep an upload, a letter, a scan; open them to readers."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from pydantic import JsonValue

from services.documents import rules
from services.documents.rules import Document, Letter, LetterFailure, Reference, Scanned, StoredFile
from services.documents.store import documents, letters
from shared.contracts.agreements.events import AgreementEvent
from shared.contracts.documents.events import LetterFailed, LetterMade, ScanMatched
from shared.contracts.registry.events import (
    AttachmentsChanged,
    AuthorisationPrepared,
    DiseaseRecorded,
    SubjectKind,
    SubmissionFiled,
)
from shared.contracts.review.events import CaseApproved, CaseEvent, CaseReturned, CaseWithdrawn
from shared.identifiers.regions import NATION
from shared.ids import new_id
from shared.postgres.transaction import Transaction
from shared.problems import NotFound
from shared.security.caller import Caller


async def keep(tx: Transaction, owner: UUID, name: str, stored: StoredFile) -> Document:
    """A paper becomes somebody's document."""
    document = Document(new_id(), owner, rules.clean_name(name), stored, tx.now)
    await documents.insert_document(tx, document)
    return document


async def letter_prepared(
    tx: Transaction, event: AuthorisationPrepared, made: StoredFile | LetterFailure | None
) -> None:
    """The letter of an authorisation's version is kept; older letters are void from now on (AUT-5).

    `made` is None where the letter was made before. A letter that comes too late is void at once, and no event
    tells of it.
    """
    in_force = await letters.lock_prepared(tx, event)
    if made is None or await letters.has_letter(tx, event.subject_id, event.letter_version):
        return
    if isinstance(made, LetterFailure):
        await _letter_failed(tx, event, made, current=event.letter_version == in_force)
        return
    document = await keep(tx, event.account_id, f"授权书-{event.letter_number}-{event.letter_version}.pdf", made)
    await letters.insert_letter(tx, event, document.document_id)
    if event.letter_version == in_force:
        tx.record(
            LetterMade(
                subject_id=event.subject_id,
                subject_version=await letters.next_event_version(tx, event.subject_id),
                region=event.region,
                letter_number=event.letter_number,
                letter_version=event.letter_version,
                document_id=document.document_id,
            )
        )


async def _letter_failed(
    tx: Transaction, event: AuthorisationPrepared, failure: LetterFailure, *, current: bool
) -> None:
    """The letter cannot be made: who waits for it is told why, here and by the registry."""
    if not current:
        return
    await letters.set_failed(tx, event.subject_id, event.letter_version, failure.characters)
    tx.record(
        LetterFailed(
            subject_id=event.subject_id,
            subject_version=await letters.next_event_version(tx, event.subject_id),
            region=event.region,
            letter_number=event.letter_number,
            letter_version=event.letter_version,
            characters=failure.characters,
        )
    )


async def match_scan(
    tx: Transaction,
    caller: Caller,
    authorisation_id: UUID,
    name: str,
    stored: StoredFile,
    scan: Scanned,
    typed_number: str | None,
) -> ScanMatched:
    """The stamped scan of a letter is matched to the authorisation and becomes the caller's document (AUT-6)."""
    letter = await letters.lock_letter(tx, authorisation_id)
    if letter is None or letter.account_id != caller.account_id:
        raise NotFound
    letter.open_to_scans()
    recognised = rules.recognised(letter, scan, typed_number)
    document = await keep(tx, caller.account_id, name, stored)
    matched = _matched(
        letter, document, await letters.next_event_version(tx, authorisation_id), recognised=recognised
    )
    await letters.scan_taken(tx, authorisation_id)
    tx.record(matched)
    after: dict[str, JsonValue] = {"document_id": str(document.document_id), "recognised": recognised}
    tx.audit(authorisation_id, "scan.matched", after=after)
    return matched


def _matched(letter: Letter, document: Document, event_version: int, *, recognised: bool) -> ScanMatched:
    return ScanMatched(
        subject_id=letter.authorisation_id,
        subject_version=event_version,
        region=letter.region,
        letter_number=letter.number,
        letter_version=letter.version,
        document_id=document.document_id,
        name=document.name,
        pages=document.stored.pages,
        recognised=recognised,
        uploaded_by=document.owner,
        uploaded_at=document.kept_at,
    )


async def refer_by_submissions(tx: Transaction, filed: Sequence[SubmissionFiled]) -> None:
    """What was filed is read by the units that review it: all of the route, or the nation's alone (REV-1)."""
    await documents.save_references(
        tx,
        (
            Reference(
                attachment.document_id,
                one.subject_id,
                one.submission,
                NATION if one.nation_only else one.region,
                provider_id=None if one.nation_only else one.parent or one.subject_id,
            )
            for one in filed
            for attachment in one.attachments
        ),
    )
    await letters.set_filed(tx, _highest(one for one in filed if one.kind == SubjectKind.AUTHORISATION))


async def authorisations_returned(tx: Transaction, returned: Sequence[CaseReturned | CaseWithdrawn]) -> None:
    """A filing came back to who filed it: another scan of its letter is taken."""
    await letters.set_returned(tx, _highest(returned))


async def authorisations_approved(tx: Transaction, approved: Sequence[CaseApproved]) -> None:
    """No further scan of the letter is taken."""
    await letters.set_approved(tx, [one.subject_id for one in approved])


def _highest(events: Iterable[SubmissionFiled | CaseEvent]) -> dict[UUID, int]:
    """The highest submission of each subject."""
    found: dict[UUID, int] = {}
    for one in events:
        found[one.subject_id] = max(one.submission, found.get(one.subject_id, 0))
    return found


async def refer_by_working_copies(tx: Transaction, changed: Sequence[AttachmentsChanged]) -> None:
    """What a draft refers to stays, however long the draft waits (INS-14)."""
    await documents.save_working_attachments(tx, changed)


async def refer_by_agreements(tx: Transaction, changed: Sequence[AgreementEvent]) -> None:
    """An agreement's paper is read by its agency, the units of the provider's region and its maintainers."""
    await documents.save_references(
        tx,
        (
            Reference(
                one.document_id,
                one.subject_id,
                one.subject_version,
                one.region,
                unit_id=one.agency_id,
                provider_id=one.provider_id,
            )
            for one in changed
            if one.document_id is not None
        ),
    )


async def refer_by_diseases(tx: Transaction, recorded: Sequence[DiseaseRecorded]) -> None:
    """A disease's policy document is read by its own unit and by the units above it."""
    await documents.save_references(
        tx,
        (
            Reference(one.policy.document_id, one.subject_id, one.subject_version, one.region, one.unit_id)
            for one in recorded
        ),
    )


async def was_read(tx: Transaction, document: Document) -> None:
    """Somebody else than its owner downloaded a document: that goes into the trail."""
    tx.audit(document.document_id, "document.downloaded", after={"name": document.name})
