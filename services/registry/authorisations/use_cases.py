"""What is done with authorisations, one transaction each: prepare, change, file the scan, grant."""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from pydantic import JsonValue

from services.registry.accounts import store as accounts
from services.registry.accounts.rules import Account
from services.registry.authorisations import store
from services.registry.authorisations.events import prepared, submission
from services.registry.authorisations.problems import AuthorisationExists, ProviderScopeHeld
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
from services.registry.records import store as records
from services.registry.records.problems import RecordArchived
from services.registry.records.rules import Life
from services.registry.subjects import SUBJECTS
from shared.contracts.documents.events import LetterFailed, LetterMade, ScanMatched
from shared.contracts.registry.events import AuthorisedProvider
from shared.contracts.review.events import CaseEvent
from shared.identifiers.numbers import LEGIBLE_ALPHABET
from shared.ids import new_id
from shared.postgres.transaction import Transaction
from shared.problems import NotFound
from shared.security.caller import Caller


async def prepare(tx: Transaction, caller: Caller, request: AuthorisationRequest) -> Authorisation:
    """An account asks to maintain providers; asking for the same again gives the one that is open (AUT-5)."""
    await store.lock_requests_of_account(tx, caller.account_id)
    already = await store.find_unapproved(tx, caller.account_id, request)
    if already is not None:
        return already
    account = await _account(tx, caller.account_id)
    named = await _check_request(tx, account, request)
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
    tx.audit(authorisation.authorisation_id, "authorisation.prepared", after=_audited(authorisation))
    return authorisation


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
    account = await _account(tx, caller.account_id)
    after = before.changed(request, await _check_request(tx, account, request), tx.now)
    await store.save(tx, after)
    tx.record(prepared(after, account))
    tx.audit(authorisation_id, "authorisation.changed", before=_audited(before), after=_audited(after))
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
    await store.save(tx, after)
    if after.filing.submission > before.filing.submission:
        await _submitted(tx, after, event)


async def _submitted(tx: Transaction, authorisation: Authorisation, because_of: ScanMatched | CaseEvent) -> None:
    account = await _account(tx, authorisation.account_id)
    tx.record(submission(authorisation, account, tx.now), because_of=because_of)
    after = {**_audited(authorisation), "scan": authorisation.scan}
    tx.audit(authorisation.authorisation_id, "authorisation.submitted", after=after)


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
    if after.awaits_grant and await store.account_approved(tx, after.account_id):
        after = await _granted(tx, after, event)
    filed = after.with_pending_scan_filed(tx.now)
    await store.save(tx, filed)
    if filed is not after:
        await _submitted(tx, filed, event)


async def accounts_approved(tx: Transaction, events: Sequence[CaseEvent]) -> None:
    """Accounts are approved: their authorisations that were approved before them take effect (ACC-2)."""
    for event in sorted(events, key=lambda event: event.subject_id):
        await store.approve_account(tx, event.subject_id)
        for authorisation in await store.lock_all(tx, event.subject_id):
            if authorisation.awaits_grant:
                await store.save(tx, await _granted(tx, authorisation, event))


async def _granted(tx: Transaction, authorisation: Authorisation, because_of: CaseEvent) -> Authorisation:
    request = authorisation.request
    held = await maintainers.authorise(
        tx,
        authorisation.account_id,
        authorisation.authorisation_id,
        request.provider_kind,
        request.provider_ids,
        request.scopes,
        because_of=because_of,
    )
    return replace(authorisation, granted=True, held_by_others=held)


async def _account(tx: Transaction, account_id: UUID) -> Account:
    account = await accounts.find(tx, account_id)
    if account is None:
        raise NotFound
    return account


async def _check_request(
    tx: Transaction, account: Account, request: AuthorisationRequest
) -> tuple[AuthorisedProvider, ...]:
    kind = request.provider_kind
    found = await records.providers(tx, kind, request.provider_ids) if kind in SUBJECTS else []
    named = tuple(
        AuthorisedProvider(
            provider_id=one.record_id,
            kind=kind,
            name=one.name,
            uscc=one.numbers.get("uscc"),
            licence_number=one.numbers.get("licence_number"),
        )
        for one in found
    )
    request.check_known(named)
    for one in found:
        RecordArchived.unless(one.life is not Life.ARCHIVED, name=one.name)
    exclusive = exclusive_among(request.scopes)
    held = await maintainers_store.held_by_others(tx, account.account_id, exclusive, request.provider_ids)
    ProviderScopeHeld.unless(not held, names=_names(named, held), provider_ids=list(map(str, held)))
    return named


def _random_characters() -> str:
    return "".join(secrets.choice(LEGIBLE_ALPHABET) for _ in range(RANDOM_CHARACTERS))


def _names(named: Sequence[AuthorisedProvider], ids: Sequence[UUID]) -> str:
    return "、".join(one.name for one in named if one.provider_id in ids)


def _audited(one: Authorisation) -> dict[str, JsonValue]:
    return {
        "letter": f"{one.letter_number}/{one.letter_version}",
        "scopes": list(one.request.scopes),
        "enterprise": one.request.enterprise.uscc if one.request.enterprise else None,
        "providers": [str(each) for each in one.request.provider_ids],
    }
