"""The use cases of coding, one transaction each: assign codes on approval or agreement, change a policy."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar
from uuid import UUID

import structlog

from services.coding import rules, store
from services.coding.formats import Formats
from services.coding.metrics import CODES_REFUSED, SERIALS_MISSING
from services.coding.problems import KindWithoutCodes, SerialsExhausted
from services.coding.rules import IDENTITY_OF_ANOTHER, Approval, AssignOn, CodeHolder, IdentityOwner, PolicyKey
from shared.contracts.agreements.events import AgreementConfirmed
from shared.contracts.coding.events import CodeAssigned, CodeAwaitingAgreement, CodeRefused, CodeRetired
from shared.contracts.event import Event
from shared.contracts.registry.events import PractitionerApproved, ProviderApproved, ProviderArchived
from shared.identifiers.identity import provider_identity
from shared.identifiers.regions import NATION, prefecture_of
from shared.jobs.handlers import start_job
from shared.jobs.rules import Job, Slice
from shared.postgres.transaction import Transaction
from shared.problems import RoleRequired
from shared.security.caller import Caller

ASSIGN_WAITING = "coding.assign-waiting"
SLICE = 500
_FIRST = UUID(int=0)
E = TypeVar("E", bound=Event)

log = structlog.get_logger()


async def providers_approved(tx: Transaction, approved: Sequence[ProviderApproved]) -> None:
    """Assigns codes to approved providers, or lets them wait for an agreement (COD-1, COD-2)."""
    await _approved(tx, approved, _approval_of_provider)


async def practitioners_approved(tx: Transaction, approved: Sequence[PractitionerApproved]) -> None:
    """Assigns codes to approved practitioners; one who practises at several places has one (COD-5)."""
    await _approved(tx, approved, _approval_of_practitioner)


async def agreements_confirmed(tx: Transaction, confirmed: Sequence[AgreementConfirmed]) -> None:
    """Assigns the codes that providers with a confirmed agreement waited for (COD-2, policy B)."""
    events = {event.provider_id: event for event in confirmed}
    await _settle(tx, await store.lock_agreed(tx, list(events)), events)


async def providers_archived(tx: Transaction, archived: Sequence[ProviderArchived]) -> None:
    """Retires the codes of archived providers for ever; one without a code gets none any more (COD-4)."""
    events = {event.subject_id: event for event in archived}
    holders = await store.lock_archived(tx, {event.subject_id: event.archived_at for event in events.values()})
    retired = [one.retired() for one in holders if one.code is not None]
    await store.save(tx, retired)
    for one in retired:
        tx.record(_retired(one), because_of=events[one.subject_id])


async def set_policy(tx: Transaction, caller: Caller, key: PolicyKey, assign_on: AssignOn) -> UUID:
    """The nation's unit sets when codes are assigned; a job then applies it to waiting holders (COD-2)."""
    RoleRequired.unless(caller.region == NATION)
    await store.lock_policies(tx)
    formats, policies = await store.coding_rules(tx)
    KindWithoutCodes.unless(key.kind in formats, subject_kind=key.kind)
    await store.save_policy(tx, key, assign_on)
    tx.audit(
        caller.account_id,
        "code-policy.set",
        before=policies.get(key),
        after={"kind": key.kind, "type_prefix": key.type_prefix, "assign_on": assign_on.value},
    )
    total = await store.count_waiting(tx, key)
    return await start_job(tx, ASSIGN_WAITING, key._asdict(), total=total, owner_id=caller.account_id)


async def assign_waiting(tx: Transaction, job: Job) -> Slice:
    """Assigns codes to the next waiting holders by the policies; those without a free serial stay."""
    key = PolicyKey(**job.arguments)
    after = UUID(job.cursor) if isinstance(job.cursor, str) else _FIRST
    holders = await store.lock_waiting(tx, key, after, SLICE)
    assigned = await _settle(tx, holders, {}, leave_exhausted=True)
    return Slice(
        cursor=str(holders[-1].subject_id if holders else after),
        done=len(holders),
        finished=len(holders) < SLICE,
        result={"assigned": job.result.get("assigned", 0) + assigned},
    )


async def _approved(tx: Transaction, approved: Sequence[E], approval: Callable[[E], Approval]) -> None:
    newest = {event.subject_id: event for event in sorted(approved, key=lambda event: event.subject_version)}
    holders = await store.lock_approved(tx, [approval(event) for event in newest.values()])
    await _settle(tx, holders, newest)
    await _keep_identities(tx, [one for one in holders if one.code is not None])


async def _settle(
    tx: Transaction,
    holders: Sequence[CodeHolder],
    because: Mapping[UUID, Event],
    *,
    leave_exhausted: bool = False,
) -> int:
    """Assigns due codes and records waiting and refused holders; returns the number of assigned codes."""
    formats, policies = await store.coding_rules(tx)
    due = rules.due(holders, policies)
    owners = await store.claim_identities(tx, due)
    coded = await _assign(tx, formats, rules.entitled(due, owners), leave_exhausted=leave_exhausted)
    waiting = rules.newly_waiting(holders, policies)
    refused = _refuse(rules.refused(due, owners), coded)
    await store.save(tx, [*coded, *waiting, *(one for one, _ in refused)])
    for event in (*map(_assigned, coded), *map(_awaited, waiting), *(_refused(*pair) for pair in refused)):
        tx.record(event, because_of=because.get(event.subject_id))
    return len(coded)


async def _assign(
    tx: Transaction, formats: Formats, holders: Sequence[CodeHolder], *, leave_exhausted: bool
) -> list[CodeHolder]:
    last = await store.take_serials(tx, rules.runs_for(holders, formats))
    coded = rules.coded(holders, formats, last, tx.now)
    if places := rules.running_out(formats, last):
        log.warning("serials_running_out", places=[f"{place.prefix}{place.prefecture}" for place in places])
    if len(coded) < len(holders):
        with_code = {one.subject_id for one in coded}
        await _leave_exhausted(
            tx, formats, [one for one in holders if one.subject_id not in with_code], leave=leave_exhausted
        )
    return coded


async def _leave_exhausted(
    tx: Transaction, formats: Formats, holders: Sequence[CodeHolder], *, leave: bool
) -> None:
    """Raises SerialsExhausted, or leaves the holders without a serial unchanged."""
    capacities = {}
    for one in holders:
        form, prefecture = formats[str(one.kind)], prefecture_of(str(one.region))
        SerialsExhausted.unless(leave, prefecture=prefecture, prefix=form.prefix, capacity=form.capacity)
        capacities[rules.Place(form.prefix, prefecture)] = form.capacity
        SERIALS_MISSING.labels(form.prefix).inc()
    log.error("serials_exhausted", places=[f"{place.prefix}{place.prefecture}" for place in capacities])
    await store.release_identities(tx, holders)
    await store.set_serials(tx, capacities)


def _refuse(
    found: Sequence[tuple[CodeHolder, IdentityOwner]], coded: Sequence[CodeHolder]
) -> list[tuple[CodeHolder, IdentityOwner]]:
    """Returns the new refusals, each with the owner of the identity, who may have got a code just now."""
    codes = {one.subject_id: one.code for one in coded}
    refused = []
    for holder, owner in found:
        if holder.refused_for == owner.subject_id:
            continue
        CODES_REFUSED.labels(IDENTITY_OF_ANOTHER).inc()
        log.error("code_refused", subject_id=str(holder.subject_id), owner_id=str(owner.subject_id))
        code = owner.code or codes.get(owner.subject_id)
        refused.append((holder.refused(owner.subject_id), IdentityOwner(owner.subject_id, owner.name, code)))
    return refused


async def _keep_identities(tx: Transaction, holders: Sequence[CodeHolder]) -> None:
    """Claims the current identities of code holders, so that no other holder gets a code by them."""
    owners = await store.claim_identities(tx, holders)
    for holder, owner in rules.refused(holders, owners):
        CODES_REFUSED.labels("identity-of-another-beside-a-code").inc()
        log.error("identity_of_another", subject_id=str(holder.subject_id), owner_id=str(owner.subject_id))


def _approval_of_practitioner(event: PractitionerApproved) -> Approval:
    """The registry knows persons by their ID numbers: a practitioner is its own identity."""
    return Approval(
        subject_id=event.subject_id,
        version=event.subject_version,
        kind=event.kind,
        identity=str(event.subject_id),
        name=event.name,
        region=event.region,
        provider_type="",
        approved_at=event.approved_at,
    )


def _approval_of_provider(event: ProviderApproved) -> Approval:
    return Approval(
        subject_id=event.subject_id,
        version=event.subject_version,
        kind=event.kind,
        identity=provider_identity(event.name, event.uscc, event.licence_number),
        name=event.name,
        region=event.region,
        provider_type=event.provider_type,
        approved_at=event.approved_at,
    )


def _assigned(holder: CodeHolder) -> Event:
    return CodeAssigned(
        subject_id=holder.subject_id,
        subject_version=holder.event_version,
        region=str(holder.region),
        kind=str(holder.kind),
        code=str(holder.code),
        name=str(holder.name),
        assigned_at=holder.assigned_at,
    )


def _retired(holder: CodeHolder) -> Event:
    return CodeRetired(
        subject_id=holder.subject_id,
        subject_version=holder.event_version,
        region=str(holder.region),
        kind=str(holder.kind),
        code=str(holder.code),
        name=str(holder.name),
        retired_at=holder.archived_at,
    )


def _awaited(holder: CodeHolder) -> Event:
    return CodeAwaitingAgreement(
        subject_id=holder.subject_id,
        subject_version=holder.event_version,
        region=str(holder.region),
        kind=str(holder.kind),
        name=str(holder.name),
    )


def _refused(holder: CodeHolder, owner: IdentityOwner) -> Event:
    return CodeRefused(
        subject_id=holder.subject_id,
        subject_version=holder.event_version,
        region=str(holder.region),
        kind=str(holder.kind),
        name=str(holder.name),
        reason=IDENTITY_OF_ANOTHER,
        owner_id=owner.subject_id,
        owner_name=owner.name,
        owner_code=owner.code,
    )
