"""What is done with maintainers: they are authorised, and a successor takes the place of a predecessor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.registry.maintainers import store
from services.registry.maintainers.rules import exclusive_among
from services.registry.records import store as records
from services.registry.records.rules import Record
from services.registry.records.store import Versioned
from shared.contracts.event import Event
from shared.contracts.registry.events import MaintainersChanged, Scope
from shared.postgres.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Grant:
    """Scopes of providers that an authorisation, requested at a time, opens for an account.

    `predecessors` are the accounts that it succeeds, by provider (ACC-10).
    """

    account_id: UUID
    authorisation_id: UUID
    requested_at: datetime
    provider_kind: str
    provider_ids: Sequence[UUID]
    scopes: Sequence[Scope]
    predecessors: Mapping[UUID, UUID] = field(default_factory=dict)


async def authorise(tx: Transaction, grant: Grant, *, because_of: Event) -> tuple[UUID, ...]:
    """An account maintains these parts of providers from now on (AUT-8); a predecessor maintains nothing of them.

    Answers the providers that others keep: whose exclusive scope another account holds (ACC-4), or that this
    account has had to hand over after it requested this (ACC-10).
    """
    await store.end(tx, grant.predecessors)
    locked = await records.next_event_versions(tx, grant.provider_kind, grant.provider_ids)
    lost = await store.handed_over_since(tx, grant.account_id, grant.provider_ids, grant.requested_at)
    # What was deleted meanwhile is not among the locked.
    kept = [one.record_id for one in locked if one.record_id not in lost]
    await store.grant(tx, grant.account_id, grant.authorisation_id, kept, grant.scopes)
    await store.complete_handovers(tx, grant.authorisation_id)
    held = await store.held_by_others(tx, grant.account_id, exclusive_among(grant.scopes), grant.provider_ids)
    await _record_change(tx, grant.provider_kind, locked, because_of)
    return tuple(sorted({*held, *lost}))


async def remove_all(tx: Transaction, provider_kind: str, provider: Record) -> None:
    """Nobody maintains a provider any more that is deleted (INS-5)."""
    if await store.remove_all(tx, provider.record_id):
        tx.record(
            MaintainersChanged(
                subject_id=provider.record_id,
                subject_version=provider.event_version + 1,
                region=provider.region,
                provider_kind=provider_kind,
                maintainers=(),
            )
        )


async def _record_change(
    tx: Transaction, provider_kind: str, locked: Sequence[Versioned], because_of: Event
) -> None:
    """Records who maintains each provider now; the lock on the provider orders changes of several accounts."""
    maintainers = await store.maintainers_of(tx, [one.record_id for one in locked])
    for one in locked:
        event = MaintainersChanged(
            subject_id=one.record_id,
            subject_version=one.event_version,
            region=one.region,
            provider_kind=provider_kind,
            maintainers=maintainers[one.record_id],
        )
        tx.record(event, because_of=because_of)
        tx.audit(
            one.record_id, "maintainers.changed", after=event.model_dump(mode="json", include={"maintainers"})
        )
