"""What happens when a number change is submitted, and when it is approved."""

from services.registry.applications import store
from services.registry.applications.problems import ProviderUnderReview
from services.registry.applications.rules import Applicant
from services.registry.number_changes.problems import NumbersOfAnother
from services.registry.number_changes.rules import check_changed, with_numbers
from services.registry.records import store as records
from services.registry.records.rules import Copy, Life, Record
from services.registry.records.subject import Approved, Subject
from shared.contracts.event import Event
from shared.messaging.failures import NotYet
from shared.postgres.transaction import Transaction


class ReviewNotEndedYet(NotYet):
    """The approval crossed the withdrawal of its application, and the provider was submitted meanwhile."""


async def claim_numbers(tx: Transaction, provider: Subject, change: Record, wanted: Copy) -> None:
    """The new numbers pass the duplicate test and are kept for the provider (INS-4, AUT-2).

    The provider's own record is neither changed nor submitted while the application is under review.
    """
    applicant = await store.lock_applicant(tx, provider.kind, change.provider_id)
    ProviderUnderReview.unless(not applicant.record.filing.locked, name=applicant.record.name)
    check_changed(applicant, wanted.values)
    for identity in sorted(_identities(provider, applicant, wanted)):
        if not await records.claim(tx, provider.kind, change.provider_id, identity):
            holder = await records.holder_of(tx, provider.kind, [identity], change.provider_id)
            raise NumbersOfAnother(holder=holder.name)


async def change_numbers(tx: Transaction, provider: Subject, change: Record, approved: Copy) -> Event | None:
    """The provider has the new numbers, in force and in its working copy; its code stays (INS-4, COD-4)."""
    applicant = await store.lock_applicant(tx, provider.kind, change.provider_id)
    before = applicant.record
    if before.life is Life.ARCHIVED:
        return None
    if before.filing.locked:
        raise ReviewNotEndedYet(f"{provider.kind} {before.record_id}")
    copy = with_numbers(applicant.copy, approved)
    in_force = with_numbers(applicant.in_force or applicant.copy, approved)
    record = before.amended(provider.numbers_of(copy.values), tx.now)
    former = before.in_force.submission if before.in_force else before.filing.submission
    await store.save_amended(tx, provider.kind, former, record, copy, in_force, tx.now)
    identities = provider.identities_of(record, in_force.values)
    await records.save_approved(tx, provider.kind, [record], [identities])
    await records.save_search(tx, provider.kind, record, provider.names_of(copy.values))
    await provider.on_renamed(tx, record, maintained=True)
    changed = f"{provider.kind}.numbers.changed"
    tx.audit(record.record_id, changed, before=dict(before.numbers), after=dict(record.numbers))
    [event] = await provider.on_approved(tx, [Approved(record, in_force)])
    return event


def _identities(provider: Subject, applicant: Applicant, wanted: Copy) -> set[str]:
    """Every identity that the provider can have by the new numbers: of its version in force, and of its draft."""
    copies = [one for one in (applicant.copy, applicant.in_force) if one is not None]
    return {
        each
        for one in copies
        for each in provider.identities_of(applicant.record, with_numbers(one, wanted).values)
    }
