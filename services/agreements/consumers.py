"""Event consumers of the agreements service: who can sign with whom."""

from collections.abc import Sequence

from services.agreements.store import parties
from shared.contracts.coding.events import CodeAssigned, CodeKind
from shared.contracts.registry.events import MaintainersChanged, ProviderApproved, SubjectKind, UnitRegistered
from shared.messaging.kinds import must_know, only
from shared.messaging.subscriptions import Subscriptions
from shared.postgres.transaction import Transaction

subscriptions = Subscriptions("agreements")

_PROVIDERS = must_know(SubjectKind.INSTITUTION)


@subscriptions.together(UnitRegistered, queue="agreements.units-registered")
async def units_registered(tx: Transaction, registered: Sequence[UnitRegistered]) -> None:
    """Knows the agencies that sign agreements."""
    await parties.keep_agencies(tx, registered)


@subscriptions.together(ProviderApproved, queue="agreements.providers-approved", kinds=_PROVIDERS)
async def institutions_approved(tx: Transaction, approved: Sequence[ProviderApproved]) -> None:
    """Knows the institutions whose base information is approved (AGR-8)."""
    await parties.keep_institutions(tx, approved)


@subscriptions.together(CodeAssigned, queue="agreements.codes-assigned", kinds=only(CodeKind.INSTITUTION))
async def codes_assigned(tx: Transaction, assigned: Sequence[CodeAssigned]) -> None:
    """Knows the codes under which agreements enter the official library."""
    await parties.keep_codes(tx, assigned)


@subscriptions.together(MaintainersChanged, queue="agreements.maintainers-changed")
async def maintainers_changed(tx: Transaction, changed: Sequence[MaintainersChanged]) -> None:
    """Knows who maintains an institution: the one account that holds its institution scope (ACC-4)."""
    await parties.keep_maintainers(tx, changed)
