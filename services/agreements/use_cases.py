"""What is done with agreements, one transaction each: add, change, confirm, delete."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from pydantic import JsonValue

from services.agreements import rules
from services.agreements.form import read_terms
from services.agreements.rules import Agreement, AttachedDocument, Party, State
from services.agreements.store import agreements, parties
from shared.contracts.agreements.events import (
    AgreementConfirmed,
    AgreementDeleted,
    AgreementEnded,
    AgreementEvent,
    AgreementSubmitted,
)
from shared.contracts.event import Event
from shared.contracts.registry.events import ProviderArchived
from shared.forms.filling import refuse
from shared.ids import new_id
from shared.postgres.transaction import Transaction
from shared.problems import ChangedMeanwhile, FieldProblem, FieldsRefused, NotFound
from shared.security.caller import Caller

Given = Mapping[str, JsonValue]

_EVENT_OF: dict[State, type[AgreementEvent]] = {
    State.TO_CONFIRM: AgreementSubmitted,
    State.CONFIRMED: AgreementConfirmed,
    State.TERMINATED: AgreementDeleted,
    State.ENDED: AgreementEnded,
}


async def add(
    tx: Transaction, caller: Caller, provider_id: UUID, agency_id: UUID, given: Given, attachment: AttachedDocument
) -> Agreement:
    """A maintainer submits an agreement to an agency, or an agency enters its own (AGR-1, AGR-4)."""
    provider = await parties.share_provider(tx, provider_id)
    party = rules.party_adding(caller, provider, agency_id)
    agency = await parties.agency(tx, agency_id)
    terms, problems = read_terms(given, provider.kind, tx.now)
    if agency is None:
        raise FieldsRefused(fields=(_NO_SUCH_AGENCY, *problems))
    refuse(problems)
    agreement = rules.added(new_id(), party, provider, agency, terms, attachment, tx.now)
    await agreements.insert(tx, agreement)
    _record(tx, "agreement.added", None, agreement)
    return agreement


async def change(
    tx: Transaction,
    caller: Caller,
    agreement_id: UUID,
    seen: int,
    given: Given,
    attachment: AttachedDocument | None,
) -> Agreement:
    """A party changes what the agreement says (AGR-2, AGR-3)."""
    agreement, party = await _locked(tx, caller, agreement_id, seen)
    terms, problems = read_terms(given, agreement.provider.kind, tx.now)
    changed = rules.changed(agreement, party, terms, attachment, tx.now)
    refuse(problems)
    return await _saved(tx, "agreement.changed", agreement, changed)


async def confirm(tx: Transaction, caller: Caller, agreement_id: UUID, seen: int) -> Agreement:
    """The agency confirms an agreement (AGR-2)."""
    agreement, party = await _locked(tx, caller, agreement_id, seen)
    return await _saved(tx, "agreement.confirmed", agreement, rules.confirmed(agreement, party, tx.now))


async def delete(tx: Transaction, caller: Caller, agreement_id: UUID, seen: int) -> Agreement:
    """The provider deletes its agreement, or an agency what it has entered itself (AGR-3)."""
    agreement, party = await _locked(tx, caller, agreement_id, seen)
    return await _saved(tx, "agreement.deleted", agreement, rules.terminated(agreement, party, tx.now))


async def end_with_providers(tx: Transaction, archived: Sequence[ProviderArchived]) -> None:
    """The agreements of archived providers end, whatever state they are in (INS-5)."""
    events = {one.subject_id: one for one in archived}
    await parties.save_archived(tx, {one.subject_id: one.archived_at for one in events.values()})
    for agreement in await agreements.lock_open_of(tx, list(events)):
        ended = rules.ended(agreement, tx.now)
        await agreements.save(tx, ended)
        _record(tx, "agreement.ended", agreement, ended, because_of=events[agreement.provider.provider_id])


async def _locked(tx: Transaction, caller: Caller, agreement_id: UUID, seen: int) -> tuple[Agreement, Party]:
    agreement = await agreements.lock(tx, agreement_id)
    if agreement is None:
        raise NotFound
    party = rules.party_of(caller, agreement)
    ChangedMeanwhile.unless(agreement.version == seen, current=agreement.version, seen=seen)
    return agreement, party


async def _saved(tx: Transaction, action: str, before: Agreement, after: Agreement) -> Agreement:
    await agreements.save(tx, after)
    _record(tx, action, before, after)
    return after


def _record(
    tx: Transaction, action: str, before: Agreement | None, after: Agreement, because_of: Event | None = None
) -> None:
    tx.record(event_of(_EVENT_OF[after.state], after, tx), because_of=because_of)
    tx.audit(after.agreement_id, action, before=_trail(before) if before else None, after=_trail(after))


def event_of(kind: type[AgreementEvent], agreement: Agreement, tx: Transaction, **more: Any) -> AgreementEvent:
    """An event of an agreement as it is now."""
    return kind(
        subject_id=agreement.agreement_id,
        subject_version=agreement.event_version,
        region=str(agreement.provider.region),
        provider_id=agreement.provider.provider_id,
        provider_kind=str(agreement.provider.kind),
        provider_name=str(agreement.provider.name),
        agency_id=agreement.agency.unit_id,
        agency_name=agreement.agency.name,
        agreement_type=agreement.terms["agreement_type"],
        begins_on=agreement.terms["begins_on"],
        ends_on=agreement.terms["ends_on"],
        happened_at=tx.now,
        document_id=agreement.attachment.document_id,
        **more,
    )


def _trail(agreement: Agreement) -> dict[str, JsonValue]:
    return {
        "version": agreement.version,
        "state": agreement.state.value,
        "provider_id": str(agreement.provider.provider_id),
        "agency_id": str(agreement.agency.unit_id),
        "document_id": str(agreement.attachment.document_id),
        **agreement.terms,
    }


_NO_SUCH_AGENCY = FieldProblem(
    field="agency_id",
    code="no-such-agency",
    zh="没有这个经办机构，请按区划和名称重新选择。",
    en="There is no such agency; choose it by region and name.",
)
