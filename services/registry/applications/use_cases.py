"""What maintainers do with applications, beyond what they do with every record: they begin one for a provider."""

from dataclasses import replace
from uuid import UUID

from services.registry.applications import store
from services.registry.applications.application import Application
from services.registry.applications.problems import ApplicationOpen
from services.registry.records import store as records
from services.registry.records import use_cases
from services.registry.records.problems import ScopeRequired
from services.registry.records.rules import Parent
from services.registry.records.store import Found
from services.registry.records.use_cases import Given
from shared.postgres.transaction import Transaction
from shared.problems import NotFound
from shared.security.caller import Caller
from shared.security.identifiers import Cipher


async def add(
    tx: Transaction, application: Application, cipher: Cipher, caller: Caller, provider_id: UUID, given: Given
) -> Found:
    """Who maintains a provider begins an application about it; there is one of a kind at a time."""
    found = await records.lock_for_change(tx, application.provider, provider_id, caller)
    if found is None:
        raise NotFound
    if not found.holds_scope:
        raise ScopeRequired
    found.record.check_open()
    applicant = await store.lock_applicant(tx, application.provider.kind, provider_id)
    begun = application.begin(applicant)
    opened = await store.open_application(tx, application.subject.kind, provider_id)
    ApplicationOpen.unless(opened is None, name=found.record.name, record_id=str(opened))
    application.subject.check_change(found.record, begun, {**begun, **given.values})
    started = replace(given, values={**begun, **given.values})
    parent = Parent(provider_id, found.record.region)
    return await use_cases.add(tx, application.subject, cipher, caller, started, parent=parent)
