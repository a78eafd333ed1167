"""What a letter names, and its next version where names, numbers or maintainers changed (ACC-8, ACC-10)."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic import JsonValue

from services.registry.accounts import store as accounts
from services.registry.accounts.rules import Account
from services.registry.authorisations import store
from services.registry.authorisations.events import prepared
from services.registry.authorisations.problems import HandoverUnderReview, NumbersUnderReview, ScanOutdated
from services.registry.authorisations.rules import Authorisation, AuthorisationRequest
from services.registry.maintainers import store as maintainers
from services.registry.maintainers.rules import exclusive_holder
from services.registry.records import store as records
from services.registry.records.rules import Record
from shared.clock import china_today
from shared.contracts.registry.events import AuthorisedProvider, FormerMaintainer, Maintainer
from shared.identifiers.names import masked_name
from shared.postgres.transaction import Rows, Transaction
from shared.problems import NotFound


async def account_of(rows: Rows, account_id: UUID) -> Account:
    """The account that asks. Raises NotFound."""
    account = await accounts.find(rows, account_id)
    if account is None:
        raise NotFound
    return account


async def named_providers(
    rows: Rows, account_id: UUID, request: AuthorisationRequest
) -> tuple[AuthorisedProvider, ...]:
    """The providers of a request as its letter names them now; a handover's with those whom it replaces."""
    former = await _former_maintainers(rows, account_id, request.provider_ids) if request.handover else {}
    return tuple(
        AuthorisedProvider(
            provider_id=one.record_id,
            kind=request.provider_kind,
            name=one.name,
            uscc=one.numbers.get("uscc"),
            licence_number=one.numbers.get("licence_number"),
            former_maintainer=former.get(one.record_id),
        )
        for one in await records.providers(rows, request.provider_kind, request.provider_ids)
    )


async def _former_maintainers(
    rows: Rows, account_id: UUID, provider_ids: Sequence[UUID]
) -> dict[UUID, FormerMaintainer]:
    maintained = await maintainers.maintainers_of(rows, provider_ids)
    held = {key: exclusive_holder(several) for key, several in maintained.items()}
    others = {key: one for key, one in held.items() if one is not None and one.account_id != account_id}
    names = {one.account_id: await _masked_name(rows, one) for one in others.values()}
    return {
        key: FormerMaintainer(account_id=one.account_id, name_masked=names[one.account_id], scopes=one.scopes)
        for key, one in others.items()
    }


async def _masked_name(rows: Rows, maintainer: Maintainer) -> str:
    return masked_name((await account_of(rows, maintainer.account_id)).name)


async def is_outdated(rows: Rows, one: Authorisation) -> bool:
    """Whether its letter names what has changed, or opens what its account has had to hand over since."""
    named = await named_providers(rows, one.account_id, one.request)
    lost = await maintainers.handed_over_since(rows, one.account_id, one.request.provider_ids, one.prepared_at)
    return named != one.providers or bool(lost)


async def renew(tx: Transaction, before: Authorisation, problem: dict[str, Any] | None = None) -> Authorisation:
    """Draws up the next version of a letter, of what it names now; the version before is void (AUT-5)."""
    account = await account_of(tx, before.account_id)
    named = await named_providers(tx, before.account_id, before.request)
    after = before.renewed(named, tx.now, problem)
    await store.save(tx, after)
    tx.record(prepared(after, account))
    tx.audit(after.authorisation_id, "authorisation.renewed", before=audited(before), after=audited(after))
    return after


async def renewed_instead(tx: Transaction, before: Authorisation) -> Authorisation | None:
    """The authorisation with the next version of its letter, where what was scanned cannot be submitted.

    It names what has changed since, or another handover of a provider is under review. None if it can be
    submitted; its own handovers are then under review.
    """
    if await is_outdated(tx, before):
        version = {"version": before.letter_version, "current": before.letter_version + 1}
        return await renew(tx, before, {"code": ScanOutdated.code, **version})
    if await maintainers.claim_handovers(tx, before.authorisation_id, before.predecessors):
        return None
    refusal = await handover_under_review(tx, before.providers)
    facts = refusal.facts if refusal else {"since": china_today(tx.now).isoformat(), "names": "—"}
    return await renew(tx, before, {"code": HandoverUnderReview.code, **facts})


async def handover_under_review(rows: Rows, named: Sequence[AuthorisedProvider]) -> HandoverUnderReview | None:
    """The refusal that names those of these providers whose handover is under review."""
    found = await maintainers.handovers_under_review(rows, [one.provider_id for one in named])
    if not found:
        return None
    return HandoverUnderReview(
        names="、".join(one.name for one in named if one.provider_id in found),
        since=china_today(min(found.values())).isoformat(),
    )


async def provider_renamed(tx: Transaction, provider: Record, *, maintained: bool) -> None:
    """A provider has another name or number: open letters that print the old one are void (ACC-8).

    A letter under review holds until it is decided: it is about this record, whatever its number. Of a record that
    nobody maintains it is all that the reviewer can go by, so that record is not changed meanwhile.
    """
    for authorisation in await store.lock_open_naming(tx, provider.record_id):
        await renew(tx, authorisation)
    if not maintained:
        letter_number = await store.under_review_naming(tx, provider.record_id)
        NumbersUnderReview.unless(letter_number is None, letter_number=letter_number, name=provider.name)


def audited(one: Authorisation) -> dict[str, JsonValue]:
    """What the audit trail keeps of an authorisation."""
    return {
        "letter": f"{one.letter_number}/{one.letter_version}",
        "scopes": list(one.request.scopes),
        "enterprise": one.request.enterprise.uscc if one.request.enterprise else None,
        "providers": [str(each) for each in one.request.provider_ids],
        "predecessors": {str(key): str(account) for key, account in one.predecessors.items()},
    }
