"""The HTTP endpoints of units."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.registry.units import store, use_cases
from services.registry.units.rules import LONGEST_NAME, Unit
from shared.identifiers.regions import NATION, Level, span_of
from shared.postgres.transaction import Rows, Transaction
from shared.security.caller import Caller, Role
from shared.web.pages import Page, PageQuery, Paging
from shared.web.routes import SIGNED_IN, Routes

units = Routes("units")
_UNITS = Paging("units", region=str)

RegionCode = Annotated[str, Field(pattern=r"^[0-9]{6}$")]


class UnitToRegister(BaseModel):
    """What a unit is registered with; its level follows from its region."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=LONGEST_NAME)]
    region: RegionCode
    uscc: Annotated[str | None, Field(max_length=40)] = None


class UnitView(BaseModel):
    """A unit as anyone signed in sees it."""

    unit_id: UUID
    name: str
    region: str
    level: Level


class UnitQuery(PageQuery):
    """Units within a region and below it, or with parts of a name in any order."""

    region: RegionCode = NATION
    name: Annotated[str, Field(max_length=LONGEST_NAME)] = ""


@units.post("/units", by=(Role.AGENCY,))
async def register_unit(tx: Transaction, caller: Caller, body: UnitToRegister) -> UnitView:
    """A superior unit's maintainer registers the unit of a region below (ACC-9)."""
    return _view(await use_cases.register(tx, caller, body.name, body.region, body.uscc))


@units.get("/units", by=SIGNED_IN)
async def list_units(rows: Rows, query: UnitQuery) -> Page[UnitView]:
    """Anyone signed in finds units by region and name, page by page."""
    (after,) = _UNITS.start(query, "")
    found = await store.page(rows, span_of(query.region), query.name, after, query.fetched)
    return _UNITS.page(query, found, _view)


def _view(unit: Unit) -> UnitView:
    return UnitView(unit_id=unit.unit_id, name=unit.name, region=unit.region, level=unit.level)
