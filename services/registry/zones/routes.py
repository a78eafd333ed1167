"""The HTTP endpoints of applications for development zones."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.registry.filings import FilingState
from services.registry.zones import store, use_cases
from services.registry.zones.rules import CERTIFICATE, Zone
from shared.contracts.registry.events import Attachment
from shared.postgres.transaction import Rows, Transaction
from shared.problems import NotFound
from shared.security.caller import Caller, Role
from shared.security.receipts import receipt_of
from shared.security.tokens import Verifier
from shared.web.routes import Routes

zones = Routes("zones")


class ZoneToApplyFor(BaseModel):
    """A development zone: its name, its office's credit code, and the receipt of the certificate."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=200)]
    uscc: Annotated[str, Field(max_length=40)]
    certificate: Annotated[str, Field(max_length=4000)]


class ZoneToMend(BaseModel):
    """The application as it should have been; without a certificate it keeps the one that it has."""

    model_config = ConfigDict(extra="forbid")

    version: int
    name: Annotated[str, Field(max_length=200)]
    uscc: Annotated[str, Field(max_length=40)]
    certificate: Annotated[str, Field(max_length=4000)] | None = None


class ZoneView(BaseModel):
    """An application: the code that the zone gets, and where the review stands."""

    zone_id: UUID
    version: int
    name: str
    uscc: str
    code: str
    city: str
    certificate: Attachment
    state: FilingState
    submission: int
    since: datetime | None

    @classmethod
    def of(cls, zone: Zone) -> Self:
        """Builds the view of an application."""
        own = {name: getattr(zone, name) for name in cls.model_fields if hasattr(zone, name)}
        filing = zone.filing
        return cls(**own, state=filing.state, submission=filing.submission, since=filing.since)


@zones.post("/zones", by=(Role.AGENCY,))
async def apply_for_zone(tx: Transaction, caller: Caller, verifier: Verifier, body: ZoneToApplyFor) -> ZoneView:
    """A city's maintainer applies for a development zone, which the nation's unit reviews (REG-2)."""
    certificate = _certificate(verifier, body.certificate, caller)
    return ZoneView.of(await use_cases.apply(tx, caller, body.name, body.uscc, certificate))


@zones.get("/zones/{zone_id}", by=(Role.AGENCY, Role.REVIEWER))
async def read_zone(rows: Rows, caller: Caller, zone_id: UUID) -> ZoneView:
    """The units of the region read an application and where its review stands (REG-2)."""
    zone = await store.find(rows, zone_id)
    if zone is None or not caller.oversees(zone.city):
        raise NotFound
    return ZoneView.of(zone)


@zones.put("/zones/{zone_id}", by=(Role.AGENCY,))
async def mend_zone(
    tx: Transaction, caller: Caller, verifier: Verifier, zone_id: UUID, body: ZoneToMend
) -> ZoneView:
    """The city's maintainer mends a returned application and submits it again (REG-2)."""
    certificate = None if body.certificate is None else _certificate(verifier, body.certificate, caller)
    mended = await use_cases.mend(tx, caller, zone_id, body.version, body.name, body.uscc, certificate)
    return ZoneView.of(mended)


def _certificate(verifier: Verifier, receipt: str, caller: Caller) -> Attachment:
    given = receipt_of(verifier, receipt, caller)
    return Attachment(field=CERTIFICATE, document_id=given.document_id, name=given.name, pages=given.pages)
