"""What is done with applications for development zones, one transaction each (REG-2)."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from services.registry.filings import Filing, FilingState
from services.registry.regions import store as regions
from services.registry.zones import rules, store
from services.registry.zones.form import FORM
from services.registry.zones.problems import ZoneAppliedFor, ZoneOfCity
from services.registry.zones.rules import Zone, ZoneValues
from shared.contracts.registry.events import Attachment, SubmissionFiled
from shared.contracts.review.events import CaseEvent
from shared.ids import new_id
from shared.postgres.transaction import Transaction
from shared.problems import NotFound
from shared.security.caller import Caller


async def apply(tx: Transaction, caller: Caller, name: str, uscc: str, certificate: Attachment) -> Zone:
    """A city's unit applies for a zone; the nation's unit reviews it."""
    city = rules.city_of(caller)
    if caller.unit_id is None:
        raise ZoneOfCity
    values = ZoneValues.of(name, uscc, city)
    rules.check_no_region(await regions.find(tx, values.code))
    zone = Zone(
        new_id(),
        city,
        caller.unit_id,
        values.name,
        values.uscc,
        values.code,
        certificate,
        caller.account_id,
        caller.name,
        Filing().filed(tx.now),
    )
    ZoneAppliedFor.unless(await store.insert(tx, zone), region_code=zone.code)
    _submit(tx, zone)
    return zone


async def mend(
    tx: Transaction,
    caller: Caller,
    zone_id: UUID,
    version: int,
    name: str,
    uscc: str,
    certificate: Attachment | None,
) -> Zone:
    """The city's unit mends a returned application and submits it again."""
    zone = await store.lock(tx, zone_id)
    if zone is None or zone.unit_id != caller.unit_id:
        raise NotFound
    mended = zone.mended(caller, version, ZoneValues.of(name, uscc, zone.city), certificate, tx.now)
    rules.check_no_region(await regions.find(tx, mended.code))
    ZoneAppliedFor.unless(not await store.code_taken(tx, mended.code, zone_id), region_code=mended.code)
    await store.save(tx, mended)
    _submit(tx, mended)
    return mended


async def follow_cases(tx: Transaction, events: Sequence[CaseEvent]) -> None:
    """Applications follow their cases; an approved zone becomes a region from that moment on."""
    for event in sorted(events, key=lambda event: (event.subject_id, event.submission, event.subject_version)):
        await _follow_case(tx, event)


async def _follow_case(tx: Transaction, event: CaseEvent) -> None:
    zone = await store.lock(tx, event.subject_id)
    if zone is None or (filing := zone.filing.apply(event)) == zone.filing:
        return
    after = zone.with_filing(filing)
    await store.save(tx, after)
    if filing.state is zone.filing.state:
        return
    if filing.state is FilingState.APPROVED:
        await regions.add_zone(tx, after.region)
    tx.audit(zone.zone_id, f"zone.{filing.state}")


def _submit(tx: Transaction, zone: Zone) -> None:
    values: dict[str, Any] = {name: getattr(zone, name) for name in FORM.field_of}
    tx.record(
        SubmissionFiled(
            subject_id=zone.zone_id,
            subject_version=zone.event_version,
            region=zone.city,
            kind=FORM.kind,
            form_edition=FORM.edition,
            submission=zone.filing.submission,
            title=f"{zone.name}（{zone.code}）",
            nation_only=True,
            filed_by=zone.applied_by,
            filed_by_name=zone.applied_by_name,
            filed_at=tx.now,
            values=values,
            attachments=(zone.certificate,),
        )
    )
    tx.audit(zone.zone_id, "zone.submitted", after=values)
