"""The HTTP endpoints of regions: whoever chooses one goes down from the provinces."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.registry.regions import store
from services.registry.regions.rules import Region
from shared.identifiers.regions import Level
from shared.postgres.transaction import Rows
from shared.problems import NotFound
from shared.web.routes import PUBLIC, Routes

regions = Routes("regions")


class RegionView(BaseModel):
    """A region; `insurance_only` ones are no division of civil affairs."""

    code: str
    name: str
    level: Level
    parent: str | None
    insurance_only: bool


class RegionList(BaseModel):
    """Regions in the order of their codes."""

    items: list[RegionView]


class ParentQuery(BaseModel):
    """Whose regions are asked for; the provinces where none is named."""

    model_config = ConfigDict(extra="forbid")

    parent: Annotated[str | None, Field(pattern=r"^[0-9]{6}$")] = None


@regions.get("/regions", by=PUBLIC)
async def list_regions(rows: Rows, query: ParentQuery) -> RegionList:
    """Anyone reads the regions directly within one (REG-1)."""
    return RegionList(items=[_view(one) for one in await store.within(rows, query.parent)])


@regions.get("/regions/{code}", by=PUBLIC)
async def read_region(rows: Rows, code: str) -> RegionView:
    """Anyone reads what a region code stands for."""
    found = await store.find(rows, code)
    if found is None:
        raise NotFound
    return _view(found)


def _view(region: Region) -> RegionView:
    return RegionView(
        code=region.code,
        name=region.name,
        level=region.level,
        parent=region.parent,
        insurance_only=region.insurance_only,
    )
