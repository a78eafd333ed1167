"""Event consumers of the agreements service: who can sign with whom."""

from collections.abc import Sequence

from services.agreements import use_cases
from services.agreements.store import parties
from shared.contracts.coding.events import CodeAssigned, CodeKind
from shared.contracts.registry.events import (
    MaintainersChanged,
    ProviderApproved,
    ProviderArchived,
    SubjectKind,
    UnitRegistered,
)
from shared.maintainers.store import save_maintainers
from shared.messaging.kinds import must_know, only
from shared.messaging.subscriptions import Subscriptions
from shared.postgres.transaction import Transaction

subscriptions = Subscriptions("agreements")

_CODED = only(CodeKind.INSTITUTION, CodeKind.PHARMACY)
_PROVIDERS = must_know(SubjectKind.INSTITUTION, SubjectKind.PHARMACY)


@subscriptions.together(UnitRegistered, queue="agreements.units-registered")
async def units_registered(tx: Transaction, registered: Sequence[UnitRegistered]) -> None:
    """Knows the agencies that sign agreements."""
    await parties.save_agencies(tx, registered)


@subscriptions.together(ProviderApproved, queue="agreements.providers-approved", kinds=_PROVIDERS)
async def providers_approved(tx: Transaction, approved: Sequence[ProviderApproved]) -> None:
    """Knows the providers whose base information is approved (AGR-8)."""
    await parties.save_providers(tx, approved)


@subscriptions.together(ProviderArchived, queue="agreements.providers-archived", kinds=_PROVIDERS)
async def providers_archived(tx: Transaction, archived: Sequence[ProviderArchived]) -> None:
    """Ends the agreements of archived providers (INS-5)."""
    await use_cases.end_with_providers(tx, archived)


@subscriptions.together(CodeAssigned, queue="agreements.codes-assigned", kinds=_CODED)
async def codes_assigned(tx: Transaction, assigned: Sequence[CodeAssigned]) -> None:
    """Knows the codes under which agreements enter the official library."""
    await parties.save_codes(tx, assigned)


@subscriptions.together(MaintainersChanged, queue="agreements.maintainers-changed")
async def maintainers_changed(tx: Transaction, changed: Sequence[MaintainersChanged]) -> None:
    """Knows who maintains a provider: and so its agreements (ACC-4)."""
    await save_maintainers(tx, changed)
