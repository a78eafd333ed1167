"""What a disease in a list is, who records it, and which policy document counts (CAT-1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from services.registry.disease_lists.problems import DiseaseListOfCities
from services.registry.regions.rules import is_city
from shared.contracts.registry.events import Attachment
from shared.identifiers.invalid import parse_fields
from shared.identifiers.names import compared, level_name
from shared.identifiers.regions import Level, level_of
from shared.problems import FieldsRefused
from shared.security.caller import Caller

POLICY = "policy"


class DiseaseList(StrEnum):
    """The lists: 门诊慢特病, 按病种结算, 日间手术."""

    CHRONIC_OUTPATIENT = "chronic-outpatient"
    PAYMENT_BY_DISEASE = "payment-by-disease"
    DAY_SURGERY = "day-surgery"


@dataclass(frozen=True, slots=True)
class Disease:
    """A disease as a unit has recorded it in a list; `identity` is its name in the form that is compared.

    No limits and ratios are kept: they are the policy document's.
    """

    disease_id: UUID
    list_name: DiseaseList
    identity: str
    name: str
    region: str
    unit_id: UUID
    policy: Attachment
    recorded_by: UUID
    recorded_at: datetime

    @classmethod
    def of(
        cls, disease_id: UUID, caller: Caller, listed: DiseaseList, name: str, policy: Attachment, now: datetime
    ) -> Self:
        """A disease that a city or county records; raises DiseaseListOfCities, or FieldsRefused for the name."""
        DiseaseListOfCities.unless(is_city(caller.region) or level_of(caller.region) is Level.COUNTY)
        if caller.unit_id is None:
            raise DiseaseListOfCities
        values, problems = parse_fields({"name": lambda: level_name(name)})
        if problems:
            raise FieldsRefused(fields=tuple(problems))
        own = values["name"]
        unit = caller.unit_id
        return cls(disease_id, listed, compared(own), own, caller.region, unit, policy, caller.account_id, now)


@dataclass(frozen=True, slots=True)
class Recording:
    """By whom a disease is recorded, and with which policy document."""

    disease_id: UUID
    region: str
    unit_name: str
    policy: Attachment


@dataclass(frozen=True, slots=True)
class ListedDisease:
    """A disease as a list shows it once, whoever has recorded it: the city's recording first."""

    identity: str
    name: str
    recordings: Sequence[Recording]

    @property
    def policy(self) -> Attachment:
        """The policy document that counts: the city's, or the county's own where the city has none."""
        return self.recordings[0].policy


def recordings_of(found: Sequence[dict[str, Any]]) -> tuple[Recording, ...]:
    """The recordings of a disease, that of the highest level first: a city's code is before its counties'."""
    recordings = (
        Recording(UUID(one["disease_id"]), one["region"], one["unit_name"], Attachment(**one["policy"]))
        for one in found
    )
    return tuple(sorted(recordings, key=lambda one: (one.region, one.disease_id)))
