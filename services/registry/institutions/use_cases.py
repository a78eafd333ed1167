"""What is done with institutions, one transaction each: add, change, file, follow the review and the code."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from pydantic import JsonValue

from services.registry.institutions import store
from services.registry.institutions.fields import Places
from services.registry.institutions.filling import filled_in, missing
from services.registry.institutions.form import EDITION, IDENTIFYING, mentioned_places
from services.registry.institutions.problems import (
    InstitutionExistsFree,
    InstitutionExistsMaintained,
    InstitutionScopeRequired,
    MilitaryNotYet,
)
from services.registry.institutions.rules import Institution, identity_of
from services.registry.regions import store as regions
from shared.contracts.coding.events import CodeAssigned, CodeAwaitingAgreement
from shared.contracts.registry.events import Attachment, ProviderApproved, SubjectKind, SubmissionFiled
from shared.contracts.review.events import CaseEvent
from shared.ids import new_id
from shared.postgres.transaction import Transaction
from shared.problems import FieldsRefused, NotFound
from shared.security.caller import Caller
from shared.security.receipts import Receipt

Receipts = Mapping[str, Receipt | None]


@dataclass(frozen=True, slots=True)
class Change:
    """What a maintainer gives: only these fields and attachments change, None empties one."""

    version: int
    details: Mapping[str, JsonValue] = field(default_factory=dict)
    attachments: Receipts = field(default_factory=dict)


async def add(
    tx: Transaction, caller: Caller, details: Mapping[str, JsonValue], attachments: Receipts
) -> Institution:
    """What the search does not find is added, after the duplicate test (AUT-2, AUT-3, AUT-4)."""
    taken = filled_in({}, details, await _places(tx, details))
    await _allow(tx, taken)
    attached = _attached({}, attachments)
    absent = [one for one in missing(taken, attached) if one.field in IDENTIFYING]
    if absent:
        raise FieldsRefused(fields=tuple(absent))
    institution = Institution(new_id(), taken, attached, added_by=caller.account_id)
    if not await store.add(tx, institution):
        await _refuse_duplicate(tx, institution)
    tx.audit(institution.institution_id, "added institution", after=taken)
    return institution


async def change(tx: Transaction, caller: Caller, institution_id: UUID, given: Change) -> Institution:
    """The working copy is changed by who holds the institution scope; a draft may be incomplete (INS-14)."""
    before = await _held(tx, caller, institution_id, given.version)
    details = filled_in(before.details, given.details, await _places(tx, given.details))
    after = before.changed(details, _attached(before.attachments, given.attachments), tx.now)
    await _allow(tx, given.details)
    await _keep_identity(tx, before, after)
    await store.save_copy(tx, after)
    names = sorted({*given.details, *given.attachments})
    tx.audit(institution_id, "changed institution", before=before.identity, after=[after.identity, *names])
    return after


async def submit(tx: Transaction, caller: Caller, institution_id: UUID, version: int) -> Institution:
    """The record is filed and locked, once nothing is missing (INS-1, INS-7)."""
    before = await _held(tx, caller, institution_id, version)
    after = before.submitted(tx.now)
    lacking = missing(before.details, before.attachments)
    if lacking:
        raise FieldsRefused(fields=tuple(lacking))
    await store.save_filing(tx, after)
    tx.record(_submission(tx, caller, after))
    tx.audit(institution_id, "submitted institution", after={"submission": after.filing.submission})
    return after


async def case_heard(tx: Transaction, event: CaseEvent) -> None:
    """The record follows its case: under review, returned and open, or approved and in force (INS-7, INS-8)."""
    before = await store.lock(tx, event.subject_id)
    if before is None:
        return
    filing = before.filing.heard(event)
    if filing == before.filing:
        return
    after = before.heard(filing)
    await store.save_filing(tx, after)
    if after.approved is not before.approved:
        await store.release_others(tx, after.institution_id, [after.identity])
        tx.record(_approval(after), because_of=event)
        tx.audit(after.institution_id, "approved institution", after={"submission": filing.submission})


async def codes_assigned(tx: Transaction, assigned: Sequence[CodeAssigned]) -> None:
    """Institutions bear their codes (COD-1)."""
    codes = {event.subject_id: event.code for event in assigned}
    await store.save_codes(tx, list(codes.items()))


async def codes_awaited(tx: Transaction, awaited: Sequence[CodeAwaitingAgreement]) -> None:
    """Institutions are approved and wait for an agreement (COD-2)."""
    await store.save_awaiting(tx, [event.subject_id for event in awaited])


async def _held(tx: Transaction, caller: Caller, institution_id: UUID, version: int) -> Institution:
    found = await store.lock_for_change(tx, institution_id, caller)
    if found is None:
        raise NotFound
    institution, holds_scope = found
    InstitutionScopeRequired.unless(holds_scope)
    institution.open_at(version)
    return institution


async def _places(tx: Transaction, details: Mapping[str, JsonValue]) -> Places:
    found = [await regions.find(tx, code) for code in mentioned_places(details)]
    return {region.code: region.name for region in found if region is not None}


async def _allow(tx: Transaction, details: Mapping[str, JsonValue]) -> None:
    if details.get("military"):
        MilitaryNotYet.unless(await store.allows(tx, "military"))


async def _keep_identity(tx: Transaction, before: Institution, after: Institution) -> None:
    if after.identity == before.identity:
        return
    if not await store.claim(tx, after):
        await _refuse_duplicate(tx, after)
    kept = [after.identity, *([identity_of(after.approved["details"])] if after.approved else [])]
    await store.release_others(tx, after.institution_id, kept)
    await store.save_searched(tx, after)


async def _refuse_duplicate(tx: Transaction, institution: Institution) -> None:
    other = await store.claimed_by(tx, institution.identity)
    if other.maintained:
        raise InstitutionExistsMaintained(name=institution.name)
    raise InstitutionExistsFree(name=institution.name, institution_id=str(other.institution_id))


def _attached(kept: Mapping[str, JsonValue], given: Receipts) -> dict[str, JsonValue]:
    attached = {name: value for name, value in kept.items() if name not in given}
    for name, receipt in given.items():
        if receipt is not None:
            attached[name] = receipt.model_dump(mode="json", include={"document_id", "name", "pages"})
    return attached


def _submission(tx: Transaction, caller: Caller, filed: Institution) -> SubmissionFiled:
    return SubmissionFiled(
        subject_id=filed.institution_id,
        subject_version=filed.told,
        region=filed.region,
        kind=SubjectKind.INSTITUTION,
        form_edition=EDITION,
        submission=filed.filing.submission,
        title=filed.name,
        nation_only=False,
        filed_by=caller.account_id,
        filed_by_name=caller.name,
        filed_at=tx.now,
        values=filed.details,
        attachments=tuple(Attachment(field=name, **one) for name, one in filed.attachments.items()),
    )


def _approval(approved: Institution) -> ProviderApproved:
    details = (approved.approved or {})["details"]
    return ProviderApproved(
        subject_id=approved.institution_id,
        subject_version=approved.told,
        region=details["pooling_region"],
        name=details["name"],
        legal_name=details["legal_name"],
        uscc=details.get("uscc"),
        licence_number=details.get("licence_number"),
        kind=SubjectKind.INSTITUTION,
        provider_type=details["institution_type"],
        approved_at=approved.approved_at,
    )
