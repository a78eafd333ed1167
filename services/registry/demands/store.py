"""The SQL of local demands, but for the function `local_demands`, which gives those that apply to a record."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from services.registry.demands.rules import DemandVersion, field_of
from shared.contracts.registry.events import LocalDemand
from shared.postgres.row_mapper import RowMapper
from shared.postgres.transaction import Rows, Transaction

_VERSION = RowMapper(
    DemandVersion,
    {
        "demand_id": "uuid",
        "kind": "text",
        "region": "text",
        "unit_id": "uuid",
        "title": "text",
        "explanation": "text",
        "active": "boolean",
        "effective_from": "timestamptz",
        "set_at": "timestamptz",
        "set_by": "uuid",
    },
)
_INSERT = f"INSERT INTO local_demand ({_VERSION.columns}) VALUES ({_VERSION.parameters})"
_VERSIONS = f"""
SELECT {_VERSION.columns} FROM local_demand WHERE demand_id = $1 ORDER BY effective_from DESC, set_at DESC
"""
_QUEUE_UP = "SELECT pg_advisory_xact_lock(hashtextextended('local demand ' || $1::text, 0))"
_APPLYING = "SELECT local_demands($1, $2)"


def demands_of(found: Sequence[dict[str, Any]]) -> tuple[LocalDemand, ...]:
    """Builds the demands that `local_demands` gives."""
    return tuple(LocalDemand(**one, field=field_of(UUID(one["demand_id"]))) for one in found)


async def applying(rows: Rows, kind: str, region: str) -> tuple[LocalDemand, ...]:
    """The demands on records of a kind with this region: those of its units from the county up to the nation."""
    return demands_of(await rows.fetchval(_APPLYING, kind, region))


async def versions(rows: Rows, demand_id: UUID) -> list[DemandVersion]:
    """All versions of a demand, the latest first."""
    return [_VERSION.from_row(row) for row in await rows.fetch(_VERSIONS, demand_id)]


async def queue_up(tx: Transaction, demand_id: UUID) -> None:
    """Lets the changes of a demand pass one by one."""
    await tx.execute(_QUEUE_UP, str(demand_id))


async def insert(tx: Transaction, version: DemandVersion) -> None:
    """Writes a version."""
    await tx.execute(_INSERT, *_VERSION.values(version))
