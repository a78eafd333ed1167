"""What maintainers do with records, one transaction each: add, change, submit, withdraw."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from pydantic import JsonValue

from services.registry.demands import store as local_demands
from services.registry.demands.rules import unknown_fields
from services.registry.dictionaries import use_cases as dictionaries
from services.registry.records import store
from services.registry.records.attachments import Receipts
from services.registry.records.problems import (
    ApplicationUnderReview,
    ScopeHandedOver,
    ScopeRequired,
)
from services.registry.records.rules import Copy, Parent, Record, Values
from services.registry.records.sealing import opened, sealed
from services.registry.records.store import Found
from services.registry.records.subject import Subject
from services.registry.regions import store as regions
from shared.clock import china_today
from shared.contracts.registry.events import (
    AttachmentsChanged,
)
from shared.forms.filling import accepted, completed, refuse
from shared.forms.kinds import Reference
from shared.ids import new_id
from shared.postgres.transaction import Rows, Transaction
from shared.problems import FieldProblem, NotFound, RuleBroken
from shared.security.caller import Caller
from shared.security.identifiers import Cipher


@dataclass(frozen=True, slots=True)
class Given:
    """What a maintainer gives: only these fields and attachments change, None empties one.

    `problems` are those of receipts that were refused.
    """

    values: Mapping[str, JsonValue] = field(default_factory=dict)
    attachments: Receipts = field(default_factory=dict)
    problems: Sequence[FieldProblem] = ()

    @property
    def attached(self) -> set[str]:
        """The attachments that are given, or were refused."""
        return {*self.attachments, *(one.field for one in self.problems)}


async def read(rows: Rows, subject: Subject, cipher: Cipher, caller: Caller, record_id: UUID) -> Found:
    """The record as the caller may see it."""
    found = await store.read(rows, subject, record_id, caller)
    if found is None:
        raise await _not_seen(rows, subject, caller, record_id)
    return opened_found(subject, cipher, found)


async def _not_seen(rows: Rows, subject: Subject, caller: Caller, record_id: UUID) -> RuleBroken:
    """Why the caller does not see the record: there is none for them, or they had to hand it over (ACC-10)."""
    at = await store.handed_over_at(rows, subject.kind, record_id, caller.account_id)
    return NotFound() if at is None else ScopeHandedOver(date=china_today(at).isoformat())


def opened_found(subject: Subject, cipher: Cipher, found: Found) -> Found:
    """A record with its private values in clear."""
    return found._replace(
        copy=found.copy and opened(subject.form, found.copy, cipher),
        in_force=found.in_force and opened(subject.form, found.in_force, cipher),
    )


async def add(
    tx: Transaction,
    subject: Subject,
    cipher: Cipher,
    caller: Caller,
    given: Given,
    *,
    parent: Parent | None = None,
) -> Found:
    """What the search does not find is added, after the duplicate test (AUT-2, AUT-3).

    `parent` is the provider that the record belongs to, if it is not one itself.
    """
    reference = await _reference(tx, subject, given.values)
    values, problems = completed(subject.form, given.values, given.attached, reference, subject.added_with)
    refuse([*given.problems, *problems])
    new = await subject.link(tx, cipher, _new_record(subject, caller, values, parent), values)
    demands = await local_demands.applying(tx, subject.kind, new.region)
    refuse(unknown_fields(given.attachments, (), demands))
    await subject.admit(tx, values, {})
    copy = Copy(values, _attached({}, given.attachments))
    record = _record_attachments(tx, subject, new, {}, copy.attachments)
    identities = subject.identities_of(record, values)
    kept = Copy(sealed(subject.form, values, cipher), copy.attachments)
    if not await store.add(tx, subject.kind, record, kept, identities, subject.names_of(values)):
        await _refuse_duplicate(tx, subject, record, identities)
    tx.audit(record.record_id, f"{subject.kind}.added", after=kept.values)
    return Found(record, copy, demands=demands)


async def change(
    tx: Transaction, subject: Subject, cipher: Cipher, caller: Caller, record_id: UUID, version: int, given: Given
) -> Found:
    """The working copy is changed by who holds the scope; a draft may be incomplete (INS-14).

    Whoever added it corrects what it was added with, until somebody maintains it (ACC-8).
    """
    corrects = subject.is_corrected_by({*given.values, *given.attached})
    found, record, before = await lock(tx, subject, cipher, caller, record_id, also_free=corrects)
    record.check_changeable(version)
    await check_applications(tx, subject, record)
    reference = await _reference(tx, subject, given.values)
    values: Values = accepted(subject.form, before.values, given.values, reference, given.problems)
    region = subject.region_of(values, record.region)
    if region != record.region:
        found = found._replace(demands=await local_demands.applying(tx, subject.kind, region))
    refuse(unknown_fields(given.attachments, before.attachments, found.demands))
    subject.check_change(record, before.values, values)
    await subject.admit(tx, values, under_way(found, before))
    copy = Copy(values, _attached(before.attachments, given.attachments))
    changed = record.changed(values[subject.name], region, subject.numbers_of(values), tx.now)
    changed = await subject.link(tx, cipher, changed, values)
    changed = _record_attachments(tx, subject, changed, before.attachments, copy.attachments)
    await _keep_identities(tx, subject, (record, before.values), changed, values)
    await store.save_copy(tx, subject.kind, changed, Copy(sealed(subject.form, values, cipher), copy.attachments))
    if (changed.name, changed.numbers) != (record.name, record.numbers):
        await subject.on_renamed(tx, changed, maintained=found.holds_scope)
    after = {**_trace(changed), "fields": sorted({*given.values, *given.attachments})}
    tx.audit(record_id, f"{subject.kind}.changed", before=_trace(record), after=after)
    return found._replace(record=changed, copy=copy)


async def lock(
    tx: Transaction, subject: Subject, cipher: Cipher, caller: Caller, record_id: UUID, *, also_free: bool = False
) -> tuple[Found, Record, Copy]:
    """The record, locked for a caller who holds its scope, with its private values in clear.

    `also_free` opens it to whoever added it as well, while nobody maintains it.
    """
    found = await store.lock_for_change(tx, subject, record_id, caller)
    if found is None:
        raise await _not_seen(tx, subject, caller, record_id)
    if not found.holds_scope:
        # Read once more behind the lock: an authorisation may have been granted while it was waited for.
        free = also_free and found.free and not await store.is_maintained(tx, found.record.provider_id)
        ScopeRequired.unless(free)
    found = opened_found(subject, cipher, found)
    return found, found.record, found.copy or Copy({}, {})


def under_way(found: Found, copy: Copy) -> Values:
    """The values that were admitted for good: in force, or submitted before they come into force (AUT-4)."""
    if found.in_force is not None:
        return found.in_force.values
    return copy.values if found.record.filing.submission else {}


async def check_applications(tx: Transaction, subject: Subject, record: Record) -> None:
    """Refuses work on a record of which an application is under review; before coding there is none."""
    if record.code is None:
        return
    for kind in subject.applications:
        unit_name = await store.application_under_review(tx, kind, record.record_id)
        ApplicationUnderReview.unless(unit_name is None, name=record.name, unit_name=unit_name)


def _new_record(subject: Subject, caller: Caller, values: Values, parent: Parent | None) -> Record:
    record_id = new_id()
    return Record(
        record_id=record_id,
        provider_id=parent.provider_id if parent else record_id,
        code_holder_id=record_id,
        added_by=caller.account_id,
        name=values[subject.name],
        region=subject.region_of(values, parent.region if parent else ""),
        numbers=subject.numbers_of(values),
    )


async def _reference(tx: Transaction, subject: Subject, values: Mapping[str, JsonValue]) -> Reference:
    """What given values are compared with."""
    found = [await regions.find(tx, code) for code in subject.form.regions_in(values)]
    known = {region.code: region.name for region in found if region is not None}
    return Reference(await dictionaries.present(tx, subject.dictionaries), known, china_today(tx.now))


async def _keep_identities(
    tx: Transaction, subject: Subject, former: tuple[Record, Values], record: Record, values: Values
) -> None:
    """Claims the identities of the changed copy, and lets the record be found by them."""
    identities = subject.identities_of(record, values)
    if identities != subject.identities_of(*former):
        for identity in sorted(identities):
            if not await store.claim(tx, subject.kind, record.record_id, identity):
                await _refuse_duplicate(tx, subject, record, identities)
        await store.release_claims(tx, subject.kind, record.record_id, identities)
    if _searched(subject, *former) != _searched(subject, record, values):
        await store.save_search(tx, subject.kind, record, subject.names_of(values))


def _searched(subject: Subject, record: Record, values: Values) -> tuple[Any, ...]:
    return subject.names_of(values), record.region, record.numbers


async def _refuse_duplicate(tx: Transaction, subject: Subject, record: Record, identities: Sequence[str]) -> None:
    raise subject.duplicate(record, await store.holder_of(tx, subject.kind, identities, record.record_id))


def _attached(kept: Mapping[str, Any], given: Receipts) -> dict[str, Any]:
    attached = {name: value for name, value in kept.items() if name not in given}
    for name, receipt in given.items():
        if receipt is not None:
            attached[name] = receipt.model_dump(mode="json", include={"document_id", "name", "pages"})
    return attached


def _record_attachments(
    tx: Transaction, subject: Subject, record: Record, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Record:
    """Records which documents the working copy refers to now, where they are others than before."""
    documents = {UUID(one["document_id"]) for one in after.values()}
    if documents == {UUID(one["document_id"]) for one in before.values()}:
        return record
    attached = record.attached()
    tx.record(
        AttachmentsChanged(
            subject_id=record.record_id,
            subject_version=attached.event_version,
            region=record.region,
            kind=subject.kind,
            document_ids=tuple(sorted(documents)),
        )
    )
    return attached


def _trace(record: Record) -> dict[str, Any]:
    """What the audit trail keeps of a record: no private value."""
    return {"name": record.name, "region": record.region, **record.numbers}
