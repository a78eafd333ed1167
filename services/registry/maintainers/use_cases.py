"""What is done with maintainers: they are authorised."""

from collections.abc import Sequence
from uuid import UUID

from services.registry.maintainers import store
from services.registry.maintainers.rules import exclusive_among
from services.registry.records import store as records
from shared.contracts.event import Event
from shared.contracts.registry.events import MaintainersChanged, Scope
from shared.postgres.transaction import Transaction


async def authorise(
    tx: Transaction,
    account_id: UUID,
    authorisation_id: UUID,
    provider_kind: str,
    provider_ids: Sequence[UUID],
    scopes: Sequence[Scope],
    *,
    because_of: Event,
) -> tuple[UUID, ...]:
    """An account maintains these parts of providers from now on (AUT-8).

    Answers the providers whose exclusive scope another account keeps (ACC-4).
    """
    await store.grant(tx, account_id, authorisation_id, provider_ids, scopes)
    held = await store.held_by_others(tx, account_id, exclusive_among(scopes), provider_ids)
    await _record_change(tx, provider_kind, provider_ids, because_of)
    return held


async def _record_change(
    tx: Transaction, provider_kind: str, provider_ids: Sequence[UUID], because_of: Event
) -> None:
    """Records who maintains each provider now; the lock on the provider orders changes of several accounts."""
    locked = await records.next_event_versions(tx, provider_kind, provider_ids)
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
