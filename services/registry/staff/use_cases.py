"""What is done with staff beyond every record: they are added to a provider, linked to a person, and coded."""

from collections.abc import Sequence
from uuid import UUID

from services.registry.records import use_cases
from services.registry.records.problems import RecordArchived, ScopeRequired
from services.registry.records.rules import Life, Parent, Record, Values
from services.registry.records.store import Found
from services.registry.records.use_cases import Given
from services.registry.staff import store
from services.registry.staff.problems import IdNumberOfAnother
from services.registry.staff.rules import person_text
from services.registry.staff.staff_kind import StaffKind
from shared.contracts.event import Event
from shared.contracts.registry.events import PractitionerApproved
from shared.postgres.transaction import Transaction
from shared.problems import NotFound
from shared.security.caller import Caller
from shared.security.identifiers import Cipher


async def add(
    tx: Transaction, kind: StaffKind, cipher: Cipher, caller: Caller, provider_id: UUID, given: Given
) -> Found:
    """Who holds the scope of a provider adds a person who practises there (STA-1, PHA-3)."""
    place = await store.share_provider(tx, kind.provider.kind, provider_id, caller, kind.subject.scope)
    if place is None:
        raise NotFound
    ScopeRequired.unless(place.holds_scope)
    RecordArchived.unless(place.life is not Life.ARCHIVED, name=place.name)
    parent = Parent(provider_id, place.region)
    return await use_cases.add(tx, kind.subject, cipher, caller, given, parent=parent)


async def link(tx: Transaction, kind: str, cipher: Cipher, record: Record, values: Values) -> Record:
    """The record is about the practitioner with its ID number.

    A draft follows its ID number to whomever it names. An approved record stays with its practitioner, who has the
    other number from now on: a renewed passport, a corrected digit.
    """
    identity = cipher.index(person_text(values["id_type"], values["id_number"]))
    if record.life is Life.DRAFT:
        return record.about(await store.practitioner(tx, kind, identity))
    IdNumberOfAnother.unless(await store.claim_person(tx, record.code_holder_id, identity))
    return record


async def practitioners_approved(tx: Transaction, kind: str, records: Sequence[Record]) -> Sequence[Event | None]:
    """Coding learns of each practitioner once; a code that one bears already is shown here too (COD-5)."""
    versions = await store.next_versions(tx, [one.code_holder_id for one in records])
    await store.show_codes(tx, kind, [one.record_id for one in records])
    events: list[Event | None] = []
    for one in records:
        version = versions.pop(one.code_holder_id, None)
        events.append(None if version is None else _approval(kind, one, version))
    return events


def _approval(kind: str, record: Record, version: int) -> PractitionerApproved:
    if record.in_force is None:
        raise ValueError(f"{record.record_id} has no version in force")
    return PractitionerApproved(
        subject_id=record.code_holder_id,
        subject_version=version,
        region=record.in_force.region,
        kind=kind,
        name=record.name,
        record_id=record.record_id,
        provider_id=record.provider_id,
        approved_at=record.in_force.at,
    )
