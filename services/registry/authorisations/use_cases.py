"""What is done with authorisations, one transaction each: prepare, change, file the scan, grant."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import replace
from uuid import UUID

from services.registry.accounts import store as accounts_store
from services.registry.accounts import use_cases as accounts
from services.registry.authorisations import renewals, store
from services.registry.authorisations.events import prepared, submission
from services.registry.authorisations.problems import AuthorisationExists, ProviderScopeHeld
from services.registry.authorisations.renewals import audited
from services.registry.authorisations.rules import (
    RANDOM_CHARACTERS,
    Authorisation,
    AuthorisationRequest,
    letter_number,
)
from services.registry.filings import Filing, in_case_order
from services.registry.maintainers import store as maintainers_store
from services.registry.maintainers import use_cases as maintainers
from services.registry.maintainers.rules import exclusive_among
from services.registry.maintainers.use_cases import Grant
from services.registry.records import store as records
from services.registry.records.problems import RecordArchived
from services.registry.records.rules import Life
from shared.contracts.documents.events import LetterFailed, LetterMade, ScanMatched
from shared.contracts.registry.events import AuthorisedProvider
from shared.contracts.review.events import CaseEvent
from shared.identifiers.numbers import LEGIBLE_ALPHABET
from shared.ids import new_id
from shared.postgres.transaction import Transaction
from shared.problems import NotFound
from shared.security.caller import Caller


async def prepare(tx: Transaction, caller: Caller, request: AuthorisationRequest) -> Authorisation:
    """An account asks to maintain providers; asking for the same again gives the one that is open (AUT-5).

    Where what its letter names has changed since, it has the next version.
    """
    await store.lock_requests_of_account(tx, caller.account_id)
    already = await store.find_unapproved(tx, caller.account_id, request)
    if already is not None:
        return await _renewed_if_outdated(tx, already)
    account = await renewals.account_of(tx, caller.account_id)
    named = await _check_request(tx, account.account_id, request)
    authorisation = Authorisation(
        new_id(),
        account.account_id,
        letter_number(tx.now, _random_characters()),
        request,
        named,
        tx.now,
        filing=Filing(since=tx.now),
    )
    await store.add(tx, authorisation)
    tx.record(prepared(authorisation, account))
    tx.audit(authorisation.authorisation_id, "authorisation.prepared", after=audited(authorisation))
    return authorisation


async def _renewed_if_outdated(tx: Transaction, found: Authorisation) -> Authorisation:
    current = await store.lock(tx, found.authorisation_id)
    if current is None or not current.open_for_changes or not await renewals.is_outdated(tx, current):
        return current or found
    await _check_request(tx, current.account_id, current.request)
    return await renewals.renew(tx, current)


async def change(
    tx: Transaction, caller: Caller, authorisation_id: UUID, version: int, request: AuthorisationRequest
) -> Authorisation:
    """What is asked for is changed before it is filed, or after a return; the letter becomes a new one (AUT-5)."""
    before = await store.lock(tx, authorisation_id)
    if before is None or before.account_id != caller.account_id:
        raise NotFound
    before.check_changeable(version)
    await store.lock_requests_of_account(tx, caller.account_id)
    same = await store.find_unapproved(tx, caller.account_id, request)
    if same is not None and same.authorisation_id != authorisation_id:
        raise AuthorisationExists(letter_number=same.letter_number)
    account = await renewals.account_of(tx, caller.account_id)
    after = before.changed(request, await _check_request(tx, caller.account_id, request), tx.now)
    await store.save(tx, after)
    tx.record(prepared(after, account))
    tx.audit(authorisation_id, "authorisation.changed", before=audited(before), after=audited(after))
    return after


async def letter_made(tx: Transaction, event: LetterMade) -> None:
    """The letter of this version can be downloaded."""
    before = await store.lock(tx, event.subject_id)
    if before is not None and (after := before.with_letter(event)) is not before:
        await store.save(tx, after)


async def letter_failed(tx: Transaction, event: LetterFailed) -> None:
    """The letter of this version cannot be made."""
    before = await store.lock(tx, event.subject_id)
    if before is not None and (after := before.with_failed_letter(event)) is not before:
        await store.save(tx, after)


async def scan_matched(tx: Transaction, event: ScanMatched) -> None:
    """The stamped letter is there: the authorisation goes to the nation's unit (AUT-6, AUT-8)."""
    before = await store.lock(tx, event.subject_id)
    if before is None or (after := before.with_scan(event, tx.now)) is before:
        return
    if deleted := await _deleted(tx, before):
        after = replace(before, scan_version=event.subject_version).with_deleted_provider(*deleted)
    if after.filing.submission == before.filing.submission:
        await store.save(tx, after)
    else:
        await _submit(tx, replace(before, scan_version=after.scan_version), after, event)


async def _submit(
    tx: Transaction, before: Authorisation, filed: Authorisation, because_of: ScanMatched | CaseEvent
) -> None:
    if await renewals.renewed_instead(tx, before) is not None:
        return
    await store.save(tx, filed)
    account = await renewals.account_of(tx, filed.account_id)
    tx.record(submission(filed, account, tx.now), because_of=because_of)
    tx.audit(filed.authorisation_id, "authorisation.submitted", after={**audited(filed), "scan": filed.scan})


async def follow_cases(tx: Transaction, events: Sequence[CaseEvent]) -> None:
    """Authorisations follow their cases, each event after the other."""
    for event in in_case_order(events):
        await follow_case(tx, event)


async def follow_case(tx: Transaction, event: CaseEvent) -> None:
    """The authorisation follows its case; approval lets its account work, once that is approved too (AUT-8)."""
    before = await store.lock(tx, event.subject_id)
    if before is None or (filing := before.filing.apply(event)) == before.filing:
        return
    after = before.with_filing(filing)
    if filing.state is not before.filing.state:
        tx.audit(after.authorisation_id, f"authorisation.{filing.state}")
    if after.open_for_changes:
        await maintainers_store.release_handovers(tx, after.authorisation_id)
    if after.awaits_grant and await store.account_approved(tx, after.account_id):
        after = await _granted(tx, after, event)
    filed = after.with_pending_scan_filed(tx.now)
    if filed is after:
        await store.save(tx, after)
    else:
        await _submit(tx, after, filed, event)


async def accounts_approved(tx: Transaction, events: Sequence[CaseEvent]) -> None:
    """Accounts are approved: their authorisations that were approved before them take effect (ACC-2)."""
    for event in sorted(events, key=lambda event: event.subject_id):
        await store.approve_account(tx, event.subject_id)
        for authorisation in await store.lock_all(tx, event.subject_id):
            if authorisation.awaits_grant:
                await store.save(tx, await _granted(tx, authorisation, event))


async def _granted(tx: Transaction, authorisation: Authorisation, because_of: CaseEvent) -> Authorisation:
    request = authorisation.request
    grant = Grant(
        authorisation.account_id,
        authorisation.authorisation_id,
        authorisation.prepared_at,
        request.provider_kind,
        request.provider_ids,
        request.scopes,
        authorisation.predecessors,
    )
    held = await maintainers.authorise(tx, grant, because_of=because_of)
    await _end_sessions(tx, set(grant.predecessors.values()))
    return replace(authorisation, granted=True, held_by_others=held)


async def _end_sessions(tx: Transaction, account_ids: Collection[UUID]) -> None:
    """Whoever had to hand over signs in again: no page stays open on what is gone (ACC-10)."""
    for account_id in sorted(account_ids):
        account = await accounts_store.lock(tx, account_id)
        if account is not None:
            await accounts.end_sessions(tx, account, "account.scope.handed-over")


async def _check_request(
    tx: Transaction, account_id: UUID, request: AuthorisationRequest
) -> tuple[AuthorisedProvider, ...]:
    """The providers as the letter names them. Raises what stands in the way of the request (ACC-4, ACC-10)."""
    named = await renewals.named_providers(tx, account_id, request)
    request.check_known(named)
    for one in await records.providers(tx, request.provider_kind, request.provider_ids):
        RecordArchived.unless(one.life is not Life.ARCHIVED, name=one.name)
    exclusive = exclusive_among(request.scopes)
    held = await maintainers_store.held_by_others(tx, account_id, exclusive, request.provider_ids)
    request.check_handover(held)
    if held and not request.handover:
        raise ProviderScopeHeld(names=_names(named, held), provider_ids=list(map(str, held)))
    if request.handover and (refusal := await renewals.handover_under_review(tx, named)):
        raise refusal
    return named


async def _deleted(tx: Transaction, one: Authorisation) -> list[UUID]:
    """The providers in a request that are not on record any more."""
    request = one.request
    found = await records.providers(tx, request.provider_kind, request.provider_ids)
    return sorted(set(request.provider_ids) - {each.record_id for each in found})


def _random_characters() -> str:
    return "".join(secrets.choice(LEGIBLE_ALPHABET) for _ in range(RANDOM_CHARACTERS))


def _names(named: Sequence[AuthorisedProvider], ids: Sequence[UUID]) -> str:
    return "、".join(one.name for one in named if one.provider_id in ids)
