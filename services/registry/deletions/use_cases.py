"""What a maintainer does with what was never approved: it is deleted, with all that belongs to it (INS-5)."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from pydantic import JsonValue

from services.registry.authorisations import store as authorisations
from services.registry.deletions.rules import check_deletable
from services.registry.maintainers import store as maintainers_store
from services.registry.maintainers import use_cases as maintainers
from services.registry.records import store
from services.registry.records.problems import ScopeRequired
from services.registry.records.store.deleting import Deletable, delete, lock_dependents, lock_for_deletion
from services.registry.records.subject import Subject
from shared.contracts.registry.events import AttachmentsChanged, RecordClosed
from shared.postgres.transaction import Transaction
from shared.problems import NotFound
from shared.security.caller import Caller


async def delete_record(tx: Transaction, subject: Subject, caller: Caller, record_id: UUID, seen: int) -> None:
    """Its maintainer deletes a record that was never approved; its identity is free again (INS-5)."""
    if await store.read(tx, subject, record_id, caller) is None:
        raise NotFound
    # Authorisations are locked before maintainers, and these before records, as grants and changes do.
    naming = await authorisations.lock_open_naming(tx, record_id)
    await maintainers_store.lock_all(tx, record_id)
    found = await lock_for_deletion(tx, subject, record_id, caller)
    if found is None:
        raise NotFound
    ScopeRequired.unless(found.opens)
    letter = await authorisations.under_review_naming(tx, record_id)
    belonging = {kind: await lock_dependents(tx, kind, record_id) for kind in subject.dependents}
    dependents = [one.record for several in belonging.values() for one in several]
    check_deletable(found.record, seen, dependents, letter)
    for one in naming:
        await authorisations.save(tx, one.with_deleted_provider(record_id))
    await maintainers.remove_all(tx, subject.kind, found.record)
    await _delete(tx, caller, {**belonging, subject.kind: [found]})


async def _delete(tx: Transaction, caller: Caller, deleted: Mapping[str, Sequence[Deletable]]) -> None:
    for kind, several in deleted.items():
        for one in several:
            _record(tx, caller, kind, one)
            before: dict[str, JsonValue] = {
                "name": one.record.name,
                "region": one.record.region,
                **one.record.numbers,
            }
            tx.audit(one.record.record_id, f"{kind}.deleted", before=before)
        if several:
            await delete(tx, kind, [one.record.record_id for one in several])


def _record(tx: Transaction, caller: Caller, kind: str, one: Deletable) -> None:
    """Review closes the case, and no document is needed by the record any more."""
    record = one.record
    about = {
        "subject_id": record.record_id,
        "subject_version": record.event_version + 1,
        "region": record.region,
        "kind": kind,
    }
    if one.copy.attachments:
        tx.record(AttachmentsChanged(**about, document_ids=()))
    tx.record(
        RecordClosed(
            **about,
            name=record.name,
            cause="deleted",
            reason="",
            closed_by=caller.account_id,
            closed_by_name=caller.name,
            closed_at=tx.now,
        )
    )
