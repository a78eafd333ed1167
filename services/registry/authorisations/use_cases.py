"""What is done with authorisations, one transaction each: prepare, change, file the scan, grant."""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from pydantic import JsonValue

from services.registry.accounts import store as accounts
from services.registry.accounts.rules import Account
from services.registry.authorisations import store
from services.registry.authorisations.events import maintainers_changed, prepared, submission
from services.registry.authorisations.problems import AuthorisationExists, InstitutionScopeHeld
from services.registry.authorisations.rules import LETTERS, RANDOM_LETTERS, Asked, Authorisation, letter_number
from services.registry.filings import Filing
from services.registry.institutions import store as institutions
from shared.contracts.documents.events import LetterMade, ScanMatched
from shared.contracts.registry.events import AuthorisedProvider, Scope
from shared.contracts.review.events import CaseEvent
from shared.ids import new_id
from shared.postgres.transaction import Transaction
from shared.problems import NotFound
from shared.security.caller import Caller


async def prepare(tx: Transaction, caller: Caller, asked: Asked) -> Authorisation:
    """An account asks to maintain institutions; asking for the same again gives the one that is open (AUT-5)."""
    await store.queue_up(tx, caller.account_id)
    already = await store.open_one(tx, caller.account_id, asked)
    if already is not None:
        return already
    account = await _account(tx, caller.account_id)
    named = await _may_ask(tx, account, asked)
    authorisation = Authorisation(
        new_id(),
        account.account_id,
        letter_number(tx.now, _drawn()),
        asked,
        named,
        tx.now,
        filing=Filing(since=tx.now),
    )
    await store.add(tx, authorisation)
    tx.record(prepared(authorisation, account))
    tx.audit(authorisation.authorisation_id, "prepared authorisation", after=_told(authorisation))
    return authorisation


async def change(
    tx: Transaction, caller: Caller, authorisation_id: UUID, version: int, asked: Asked
) -> Authorisation:
    """What is asked for is changed before it is filed, or after a return; the letter becomes a new one (AUT-5)."""
    before = await store.lock(tx, authorisation_id)
    if before is None or before.account_id != caller.account_id:
        raise NotFound
    before.open_at(version)
    await store.queue_up(tx, caller.account_id)
    same = await store.open_one(tx, caller.account_id, asked)
    if same is not None and same.authorisation_id != authorisation_id:
        raise AuthorisationExists(letter_number=same.letter_number)
    account = await _account(tx, caller.account_id)
    after = before.changed(asked, await _may_ask(tx, account, asked), tx.now)
    await store.save(tx, after)
    tx.record(prepared(after, account))
    tx.audit(authorisation_id, "changed authorisation", before=_told(before), after=_told(after))
    return after


async def letter_made(tx: Transaction, event: LetterMade) -> None:
    """The letter of this version can be downloaded."""
    before = await store.lock(tx, event.subject_id)
    if before is not None and (after := before.with_letter(event)) is not before:
        await store.save(tx, after)


async def scan_matched(tx: Transaction, event: ScanMatched) -> None:
    """The stamped letter is there: the authorisation goes to the nation's unit (AUT-6, AUT-8)."""
    before = await store.lock(tx, event.subject_id)
    if before is None or (after := before.with_scan(event, tx.now)) is before:
        return
    await store.save(tx, after)
    account = await _account(tx, after.account_id)
    tx.record(submission(after, account, tx.now), because_of=event)
    tx.audit(after.authorisation_id, "filed authorisation", after={**_told(after), "scan": after.scan})


async def case_heard(tx: Transaction, event: CaseEvent) -> None:
    """The authorisation follows its case; approval lets its account work, once that is approved too (AUT-8)."""
    before = await store.lock(tx, event.subject_id)
    if before is None or (filing := before.filing.heard(event)) == before.filing:
        return
    after = before.heard(filing)
    if filing.state is not before.filing.state:
        tx.audit(after.authorisation_id, f"authorisation {filing.state}")
    if after.to_be_granted and await store.account_approved(tx, after.account_id):
        after = await _granted(tx, after, event)
    await store.save(tx, after)


async def account_approved(tx: Transaction, event: CaseEvent) -> None:
    """An account is approved: its authorisations that were approved before it take effect (ACC-2)."""
    await store.approve_account(tx, event.subject_id)
    for authorisation in await store.lock_all(tx, event.subject_id):
        if authorisation.to_be_granted:
            await store.save(tx, await _granted(tx, authorisation, event))


async def _granted(tx: Transaction, authorisation: Authorisation, because_of: CaseEvent) -> Authorisation:
    account_id, ids = authorisation.account_id, authorisation.asked.provider_ids
    await store.grant(tx, authorisation)
    held: tuple[UUID, ...] = ()
    if Scope.INSTITUTION in authorisation.asked.scopes:
        held = await store.held_by_others(tx, account_id, ids)
    locked = await institutions.next_event_versions(tx, ids)
    maintainers = await store.maintainers_of(tx, [one.institution_id for one in locked])
    for one in locked:
        event = maintainers_changed(one, maintainers[one.institution_id])
        tx.record(event, because_of=because_of)
        after = event.model_dump(mode="json", include={"maintainers"})
        tx.audit(one.institution_id, "maintainers.changed", after=after)
    return replace(authorisation, granted=True, held_by_others=held)


async def _account(tx: Transaction, account_id: UUID) -> Account:
    account = await accounts.find(tx, account_id)
    if account is None:
        raise NotFound
    return account


async def _may_ask(tx: Transaction, account: Account, asked: Asked) -> tuple[AuthorisedProvider, ...]:
    found = await institutions.identified(tx, asked.provider_ids)
    named = tuple(AuthorisedProvider(**row) for row in found)
    asked.all_known(named)
    if Scope.INSTITUTION in asked.scopes:
        held = await store.held_by_others(tx, account.account_id, asked.provider_ids)
        InstitutionScopeHeld.unless(not held, names=_names(named, held), provider_ids=list(map(str, held)))
    return named


def _drawn() -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(RANDOM_LETTERS))


def _names(named: Sequence[AuthorisedProvider], ids: Sequence[UUID]) -> str:
    return "、".join(one.name for one in named if one.provider_id in ids)


def _told(one: Authorisation) -> dict[str, JsonValue]:
    return {
        "letter": f"{one.letter_number}/{one.letter_version}",
        "scopes": list(one.asked.scopes),
        "providers": [str(each) for each in one.asked.provider_ids],
    }
