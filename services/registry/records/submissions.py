"""How records are submitted, one or many in a transaction, and withdrawn (INS-1, INS-7, STA-8)."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from services.registry.demands.rules import extended
from services.registry.dictionaries import use_cases as dictionaries
from services.registry.records import store
from services.registry.records.problems import ScopeRequired
from services.registry.records.rules import Copy
from services.registry.records.store import Found
from services.registry.records.subject import Subject
from services.registry.records.use_cases import check_applications, lock, opened_found, under_way
from shared.clock import china_today
from shared.contracts.registry.events import Attachment, SubmissionFiled, SubmissionWithdrawn
from shared.forms.dictionaries import Dictionaries
from shared.forms.filling import missing, outdated, refuse
from shared.forms.kinds import Reference
from shared.forms.versions import without_private
from shared.postgres.transaction import Transaction
from shared.problems import RuleBroken
from shared.security.caller import Caller
from shared.security.identifiers import Cipher


class Refusal(NamedTuple):
    """A record that was not submitted, and why."""

    record_id: UUID
    name: str
    problem: RuleBroken


async def submit(
    tx: Transaction, subject: Subject, cipher: Cipher, caller: Caller, record_id: UUID, version: int
) -> Found:
    """The record is submitted and locked, once nothing is missing (INS-1, INS-7)."""
    found, record, _ = await lock(tx, subject, cipher, caller, record_id)
    record.check_changeable(version)
    submitted = await _submitted(tx, subject, found, await dictionaries.present(tx, subject.dictionaries))
    await _save(tx, subject, caller, [submitted])
    return submitted


async def submit_many(
    tx: Transaction, subject: Subject, cipher: Cipher, caller: Caller, record_ids: Sequence[UUID]
) -> list[Refusal]:
    """The records that are complete are submitted and locked together; returns the others with reasons (STA-8)."""
    submitted, refused = [], []
    present = await dictionaries.present(tx, subject.dictionaries)
    for found in await store.lock_many_for_change(tx, subject, record_ids, caller):
        record = found.record
        try:
            ScopeRequired.unless(found.holds_scope)
            record.check_changeable(record.version)
            submitted.append(await _submitted(tx, subject, opened_found(subject, cipher, found), present))
        except RuleBroken as problem:
            refused.append(Refusal(record.record_id, record.name, problem))
    if submitted:
        await _save(tx, subject, caller, submitted)
    return refused


async def _submitted(tx: Transaction, subject: Subject, found: Found, present: Dictionaries) -> Found:
    record, copy = found.record, found.copy or Copy({}, {})
    await check_applications(tx, subject, record)
    await subject.admit(tx, copy.values, under_way(found, copy))
    submitted = record.submitted(tx.now)
    refuse(missing(extended(subject.form, found.demands), copy.values, copy.attachments))
    refuse(outdated(subject.form, copy.values, Reference(present, {}, china_today(tx.now))))
    await subject.check_submission(tx, submitted, copy)
    return found._replace(record=submitted)


async def _save(tx: Transaction, subject: Subject, caller: Caller, submitted: Sequence[Found]) -> None:
    records = [one.record for one in submitted]
    await store.save_snapshots(tx, subject.kind, records, subject.form.edition)
    for one in submitted:
        tx.record(_filed(tx, subject, caller, one))
        record = one.record
        tx.audit(record.record_id, f"{subject.kind}.submitted", after={"submission": record.filing.submission})


async def withdraw(tx: Transaction, subject: Subject, cipher: Cipher, caller: Caller, record_id: UUID) -> Found:
    """The maintainer takes a submission back while no unit has decided on it (INS-7)."""
    found, record, _ = await lock(tx, subject, cipher, caller, record_id)
    withdrawn = record.withdrawn(tx.now)
    await store.save_filing(tx, subject.kind, withdrawn)
    tx.record(
        SubmissionWithdrawn(
            subject_id=record_id,
            subject_version=withdrawn.event_version,
            region=withdrawn.region,
            kind=subject.kind,
            submission=withdrawn.filing.submission,
            withdrawn_by=caller.account_id,
            withdrawn_at=tx.now,
        )
    )
    tx.audit(record_id, f"{subject.kind}.withdrawn", after={"submission": withdrawn.filing.submission})
    return found._replace(record=withdrawn)


def _filed(tx: Transaction, subject: Subject, caller: Caller, found: Found) -> SubmissionFiled:
    record, copy = found.record, found.copy or Copy({}, {})
    return SubmissionFiled(
        subject_id=record.record_id,
        subject_version=record.event_version,
        region=record.region,
        kind=subject.kind,
        form_edition=subject.form.edition,
        submission=record.filing.submission,
        title=record.name,
        nation_only=False,
        filed_by=caller.account_id,
        filed_by_name=caller.name,
        filed_at=tx.now,
        parent=None if record.provider_id == record.record_id else record.provider_id,
        values=without_private(subject.form, copy.values),
        attachments=tuple(Attachment(field=name, **one) for name, one in copy.attachments.items()),
        demands=found.demands,
    )
