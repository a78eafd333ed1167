"""What records learn from other services: how their reviews go on, and which codes they bear."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import TypeVar
from uuid import UUID

from services.registry.filings import FilingState, in_case_order
from services.registry.records import store
from services.registry.records.problems import shown_refusal
from services.registry.records.rules import Copy, Life, Record
from services.registry.records.store import CodeOutcome
from services.registry.records.subject import Approved, Subject
from shared.contracts.coding.events import CodeAssigned, CodeAwaitingAgreement, CodeRefused
from shared.contracts.event import Event
from shared.contracts.review.events import CaseEvent
from shared.postgres.transaction import Transaction

E = TypeVar("E", bound=Event)


async def follow_cases(tx: Transaction, subject: Subject, events: Sequence[CaseEvent]) -> None:
    """Records follow their cases: under review, returned and open, or approved and in force (INS-7, INS-8)."""
    ordered = in_case_order(events)
    by_record = {key: list(several) for key, several in groupby(ordered, lambda event: event.subject_id)}
    moved, approved = [], []
    records = await store.lock_all(tx, subject.kind, list(by_record))
    archived = await store.archived_among(tx, {record.provider_id for record in records})
    for record in records:
        # What was archived meanwhile stays so, whatever a unit decided before it knew (INS-5).
        if record.life is Life.ARCHIVED or record.provider_id in archived:
            continue
        filing = record.filing
        for event in by_record[record.record_id]:
            filing = filing.apply(event)
        if filing == record.filing:
            continue
        with_filing = record.with_filing(filing)
        if filing.state is FilingState.APPROVED:
            approved.append(with_filing)
        moved.append(with_filing.editable_after(record))
    if moved:
        await store.save_filings(tx, subject.kind, moved)
    if approved:
        await _put_in_force(tx, subject, approved, {key: several[-1] for key, several in by_record.items()})


async def _put_in_force(
    tx: Transaction, subject: Subject, records: Sequence[Record], causes: Mapping[UUID, CaseEvent]
) -> None:
    submitted = await store.snapshots(tx, subject.kind, records)
    approved = [_approved(tx, subject, one, submitted[one.record_id]) for one in records]
    identities = [subject.identities_of(one.record, one.submitted.values) for one in approved]
    await store.save_approved(tx, subject.kind, [one.record for one in approved], identities)
    for (record, _), event in zip(approved, await subject.on_approved(tx, approved), strict=True):
        if event is not None:
            tx.record(event, because_of=causes[record.record_id])
        tx.audit(record.record_id, f"{subject.kind}.approved", after={"submission": record.filing.submission})


def _approved(tx: Transaction, subject: Subject, record: Record, submitted: Copy) -> Approved:
    region = subject.region_of(submitted.values, record.region)
    return Approved(record.approved(region, record.filing.since or tx.now), submitted)


async def assign_codes(tx: Transaction, subject: Subject, assigned: Sequence[CodeAssigned]) -> None:
    """Records bear their codes (COD-1)."""
    outcomes = [CodeOutcome(event.subject_id, event.subject_version, event.code) for event in _newest(assigned)]
    await store.save_codes(tx, subject.kind, outcomes)


async def await_codes(tx: Transaction, subject: Subject, awaited: Sequence[CodeAwaitingAgreement]) -> None:
    """Records are approved and wait for an agreement (COD-2)."""
    outcomes = [CodeOutcome(event.subject_id, event.subject_version) for event in _newest(awaited)]
    await store.save_awaiting(tx, subject.kind, outcomes)


async def refuse_codes(tx: Transaction, subject: Subject, refused: Sequence[CodeRefused]) -> None:
    """Records are approved and get no code, for a reason that is shown (COD-1)."""
    outcomes = [
        CodeOutcome(event.subject_id, event.subject_version, shown_refusal(event)) for event in _newest(refused)
    ]
    await store.save_code_refusals(tx, subject.kind, outcomes)


def _newest(events: Iterable[E]) -> Iterable[E]:
    """The newest event about each record."""
    ordered = sorted(events, key=lambda event: event.subject_version)
    return {event.subject_id: event for event in ordered}.values()
