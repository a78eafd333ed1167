"""Every event contract of the platform, by type, and their committed JSON Schemas."""

import json
from pathlib import Path

from shared.contracts.agreements import events as agreements
from shared.contracts.coding import events as coding
from shared.contracts.documents import events as documents
from shared.contracts.event import Event
from shared.contracts.registry import events as registry
from shared.contracts.review import events as review

SCHEMAS = Path(__file__).parent / "schemas"

EVENTS: dict[str, type[Event]] = {
    event.type: event
    for event in (
        registry.UnitRegistered,
        registry.AccountAccessChanged,
        registry.AttachmentsChanged,
        registry.DiseaseRecorded,
        registry.SubmissionFiled,
        registry.SubmissionWithdrawn,
        registry.AuthorisationPrepared,
        registry.MaintainersChanged,
        registry.ProviderApproved,
        registry.ProviderArchived,
        registry.RecordClosed,
        registry.PractitionerApproved,
        documents.LetterMade,
        documents.LetterFailed,
        documents.ScanMatched,
        review.CaseOpened,
        review.CaseMoved,
        review.CaseReturned,
        review.CaseWithdrawn,
        review.CaseApproved,
        coding.CodeAssigned,
        coding.CodeAwaitingAgreement,
        coding.CodeRefused,
        coding.CodeRetired,
        agreements.AgreementSubmitted,
        agreements.AgreementConfirmed,
        agreements.AgreementDeleted,
        agreements.AgreementEnded,
        agreements.AgreementEntered,
    )
}
PUBLIC_EVENTS = {name: event for name, event in EVENTS.items() if event.public}


def schema_text(event: type[Event]) -> str:
    """Formats the JSON Schema of an event as it is committed."""
    return json.dumps(event.contract(), ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def write_schemas() -> None:
    """Writes the JSON Schema of every event to its committed file."""
    SCHEMAS.mkdir(exist_ok=True)
    for name, event in EVENTS.items():
        (SCHEMAS / f"{name}.json").write_text(schema_text(event), encoding="utf-8")
