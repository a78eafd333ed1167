"""The HTTP endpoints of local demands."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.registry.demands import store, use_cases
from services.registry.demands.rules import DemandText, DemandVersion
from services.registry.subjects import SUBJECTS
from shared.contracts.registry.events import LocalDemand
from shared.postgres.transaction import Rows, Transaction
from shared.problems import NotFound
from shared.security.caller import Caller, Role
from shared.web.routes import SIGNED_IN, Routes

demands = Routes("demands")

RegionCode = Annotated[str, Field(pattern=r"^[0-9]{6}$")]


class DemandToChange(BaseModel):
    """The attachment's title, why it is asked for, whether it still is, and from when on (else at once)."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, Field(max_length=100)]
    explanation: Annotated[str, Field(max_length=1000)]
    active: bool = True
    effective_from: AwareDatetime | None = None

    @property
    def text(self) -> DemandText:
        """The texts as they are stored; raises FieldsRefused."""
        return DemandText.of(self.title, self.explanation, self.effective_from)


class DemandToSet(BaseModel):
    """What a unit demands of records of a kind."""

    model_config = ConfigDict(extra="forbid")

    kind: Annotated[str, Field(max_length=40)]
    title: Annotated[str, Field(max_length=100)]
    explanation: Annotated[str, Field(max_length=1000)]
    effective_from: AwareDatetime | None = None


class DemandsQuery(BaseModel):
    """The kind and region of the records whose demands are requested."""

    model_config = ConfigDict(extra="forbid")

    kind: Annotated[str, Field(max_length=40)]
    region: RegionCode


class DemandList(BaseModel):
    """The demands that apply now; `field` is the name under which the document is attached to a record."""

    items: list[LocalDemand]


class DemandView(BaseModel):
    """A version of a demand."""

    demand_id: UUID
    kind: str
    region: str
    unit_id: UUID
    title: str
    explanation: str
    active: bool
    effective_from: AwareDatetime
    set_at: AwareDatetime
    set_by: UUID

    @classmethod
    def of(cls, version: DemandVersion) -> Self:
        """Builds the view of a version."""
        return cls(**{name: getattr(version, name) for name in cls.model_fields})


class DemandHistory(BaseModel):
    """All versions of a demand, the latest first."""

    items: list[DemandView]


@demands.get("/demands", by=SIGNED_IN)
async def list_demands(rows: Rows, query: DemandsQuery) -> DemandList:
    """Anyone signed in reads what the units of a region demand of records of a kind (INS-13)."""
    return DemandList(items=list(await store.applying(rows, query.kind, query.region)))


@demands.post("/demands", by=(Role.AGENCY,))
async def set_demand(tx: Transaction, caller: Caller, body: DemandToSet) -> DemandView:
    """A unit's maintainer demands an attachment of records of its region, with an explanation (INS-13)."""
    if body.kind not in SUBJECTS:
        raise NotFound
    text = DemandText.of(body.title, body.explanation, body.effective_from)
    return DemandView.of(await use_cases.set_demand(tx, caller, body.kind, text))


@demands.put("/demands/{demand_id}", by=(Role.AGENCY,))
async def change_demand(tx: Transaction, caller: Caller, demand_id: UUID, body: DemandToChange) -> DemandView:
    """The unit's maintainer changes or ends a demand; what is under review keeps the version of its submission."""
    return DemandView.of(await use_cases.change_demand(tx, caller, demand_id, body.text, active=body.active))


@demands.get("/demands/{demand_id}/versions", by=SIGNED_IN)
async def list_versions(rows: Rows, demand_id: UUID) -> DemandHistory:
    """Anyone signed in reads how a demand has changed, the latest version first."""
    versions = await store.versions(rows, demand_id)
    if not versions:
        raise NotFound
    return DemandHistory(items=[DemandView.of(version) for version in versions])
