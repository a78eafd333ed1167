"""What units do with disease lists, one transaction each: record and remove (CAT-1)."""

from uuid import UUID

from services.registry.disease_lists import store
from services.registry.disease_lists.problems import DiseaseRecordedAlready
from services.registry.disease_lists.rules import Disease, DiseaseList
from shared.contracts.registry.events import Attachment, DiseaseRecorded
from shared.ids import new_id
from shared.postgres.transaction import Transaction
from shared.problems import NotFound
from shared.security.caller import Caller


async def add(tx: Transaction, caller: Caller, listed: DiseaseList, name: str, policy: Attachment) -> Disease:
    """A city or county records a disease with its policy document."""
    disease = Disease.of(new_id(), caller, listed, name, policy, tx.now)
    DiseaseRecordedAlready.unless(await store.insert(tx, disease), name=disease.name)
    tx.record(
        DiseaseRecorded(
            subject_id=disease.disease_id,
            subject_version=1,
            region=disease.region,
            list_name=disease.list_name,
            name=disease.name,
            unit_id=disease.unit_id,
            policy=policy,
            recorded_at=disease.recorded_at,
        )
    )
    tx.audit(disease.disease_id, "disease.recorded", after={"list": listed.value, "name": disease.name})
    return disease


async def remove(tx: Transaction, caller: Caller, disease_id: UUID) -> None:
    """The unit takes its disease out of the list; recordings of others stay."""
    name = await store.remove(tx, disease_id, caller.unit_id)
    NotFound.unless(name is not None)
    tx.audit(disease_id, "disease.removed", before={"name": name})
