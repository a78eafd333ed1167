"""What a superior unit does with providers that are to be closed: it looks at what goes along, and archives."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from pydantic import JsonValue

from services.registry.archives import jobs
from services.registry.archives.rules import archive_of, check_archivable
from services.registry.records import store
from services.registry.records.rules import Archive, Record
from services.registry.records.store.archiving import Dependents
from services.registry.records.subject import Subject
from services.registry.units import store as units
from shared.contracts.registry.events import ProviderArchived, RecordClosed
from shared.postgres.transaction import Rows, Transaction
from shared.problems import NotFound, RuleBroken
from shared.security.caller import Caller


@dataclass(frozen=True, slots=True)
class Preview:
    """What the archive of a provider takes along, by kind of record, and why the caller cannot archive it."""

    record: Record
    dependents: Mapping[str, Dependents]
    refusal: RuleBroken | None


async def preview(rows: Rows, subject: Subject, caller: Caller, record_id: UUID) -> Preview:
    """A unit sees what goes along before it archives a provider."""
    found = await store.read(rows, subject, record_id, caller)
    if found is None:
        raise NotFound
    counted = {kind: await store.count_dependents(rows, kind, record_id) for kind in subject.dependents}
    refusal: RuleBroken | None = None
    try:
        check_archivable(found.record, caller)
    except RuleBroken as problem:
        refusal = problem
    return Preview(found.record, {kind: one for kind, one in counted.items() if one.records}, refusal)


async def archive(
    tx: Transaction, subject: Subject, caller: Caller, record_id: UUID, seen: int, name: str, reason: str
) -> None:
    """A superior unit closes a provider for ever; its staff and applications are closed with it (INS-5)."""
    record = next(iter(await store.lock_all(tx, subject.kind, [record_id])), None)
    if record is None:
        raise NotFound
    check_archivable(record, caller)
    unit = None if caller.unit_id is None else await units.find(tx, caller.unit_id)
    given = archive_of(record, seen, name, reason, unit.name if unit else caller.name, tx.now)
    # Two events tell of it, the public one and that with the reason.
    archived = record.archived(tx.now)
    await store.save_archived(tx, subject.kind, archived, given)
    await jobs.start(tx, subject, record_id)
    _record(tx, subject, caller, archived, given)
    after: dict[str, JsonValue] = {
        "name": record.name,
        "code": record.code,
        "reason": given.reason,
        "unit": given.unit_name,
    }
    tx.audit(record_id, f"{subject.kind}.archived", before={"version": record.version}, after=after)


def _record(tx: Transaction, subject: Subject, caller: Caller, record: Record, given: Archive) -> None:
    region = record.in_force.region if record.in_force else record.region
    about = {
        "subject_id": record.record_id,
        "subject_version": record.event_version,
        "region": region,
        "kind": subject.kind,
        "name": record.name,
    }
    tx.record(ProviderArchived(**about, code=record.code, archived_at=given.at))
    tx.record(
        RecordClosed(
            **about,
            cause="archived",
            reason=given.reason,
            closed_by=caller.account_id,
            closed_by_name=given.unit_name,
            closed_at=given.at,
        )
    )
