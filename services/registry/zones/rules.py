"""What an application for a development zone is, and which code the zone gets (REG-2)."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self
from uuid import UUID

from services.registry.filings import Filing, FilingState
from services.registry.regions.rules import Region, is_city
from services.registry.zones.problems import ZoneIsDivision, ZoneNotReturned, ZoneOfCity
from shared.contracts.registry.events import Attachment
from shared.identifiers.invalid import InvalidValue, parse_fields
from shared.identifiers.names import level_name
from shared.identifiers.regions import Level, covers
from shared.identifiers.uscc import parse_uscc
from shared.problems import ChangedMeanwhile, FieldsRefused
from shared.security.caller import Caller

CERTIFICATE = "certificate"


@dataclass(frozen=True, slots=True)
class ZoneValues:
    """The name of a zone and its office's credit code, whose digits 3 to 8 become the zone's code."""

    name: str
    uscc: str

    @property
    def code(self) -> str:
        """Digits 3 to 8 of the credit code."""
        return self.uscc[2:8]

    @classmethod
    def of(cls, name: str, uscc: str, city: str) -> Self:
        """Raises FieldsRefused for a wrong name or credit code, or one that another city registered."""
        values, problems = parse_fields({"name": lambda: level_name(name), "uscc": lambda: _of_city(uscc, city)})
        if problems:
            raise FieldsRefused(fields=tuple(problems))
        return cls(values["name"], values["uscc"])


def _of_city(uscc: str, city: str) -> str:
    parsed = parse_uscc(uscc)
    if not covers(city, parsed[2:8]):
        zh = f"信用代码第 3-8 位不在本地市（{city}）范围内。"
        raise InvalidValue("zone-beyond-city", zh, f"Digits 3 to 8 are not within the city ({city}).")
    return parsed


@dataclass(frozen=True, slots=True)
class Zone:
    """An application for a zone of a city; `event_version` is the version of the last event about it."""

    zone_id: UUID
    city: str
    unit_id: UUID
    name: str
    uscc: str
    code: str
    certificate: Attachment
    applied_by: UUID
    applied_by_name: str
    filing: Filing
    version: int = 1
    event_version: int = 1

    def mended(
        self, caller: Caller, version: int, values: ZoneValues, certificate: Attachment | None, now: datetime
    ) -> Self:
        """The application submitted again after it was returned."""
        ZoneNotReturned.unless(self.filing.state is FilingState.RETURNED)
        ChangedMeanwhile.unless(version == self.version, current=self.version, seen=version)
        return replace(
            self,
            name=values.name,
            uscc=values.uscc,
            code=values.code,
            certificate=certificate or self.certificate,
            applied_by=caller.account_id,
            applied_by_name=caller.name,
            filing=self.filing.filed(now),
            version=self.version + 1,
            event_version=self.event_version + 1,
        )

    def with_filing(self, filing: Filing) -> Self:
        """The application after its case moved on."""
        return replace(self, filing=filing, version=self.version + 1)

    @property
    def region(self) -> Region:
        """The region that an approved zone is: a county of its city, for insurance only."""
        return Region(self.code, self.name, Level.COUNTY, self.city, insurance_only=True)


def city_of(caller: Caller) -> str:
    """The city whose unit applies; raises ZoneOfCity for other units."""
    ZoneOfCity.unless(is_city(caller.region))
    return caller.region


def check_no_region(existing: Region | None) -> None:
    """Raises ZoneIsDivision where the code is that of a region."""
    if existing is not None:
        raise ZoneIsDivision(region_code=existing.code, region_name=existing.name)
