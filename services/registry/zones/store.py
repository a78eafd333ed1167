"""The SQL of applications for development zones."""

from uuid import UUID

from services.registry.filing_columns import FILING
from services.registry.zones.rules import Zone
from shared.contracts.registry.events import Attachment
from shared.postgres.row_mapper import Part, RowMapper, model
from shared.postgres.transaction import Rows, Transaction

_ZONE = RowMapper(
    Zone,
    {
        "zone_id": "uuid",
        "city": "text",
        "unit_id": "uuid",
        "name": "text",
        "uscc": "text",
        "code": "text",
        "certificate": model(Attachment),
        "applied_by": "uuid",
        "applied_by_name": "text",
        "filing": Part(FILING),
        "version": "bigint",
        "event_version": "bigint",
    },
    key=["zone_id"],
)
_INSERT = f"""
INSERT INTO zone ({_ZONE.columns}) VALUES ({_ZONE.parameters}) ON CONFLICT (code) DO NOTHING RETURNING true
"""
_READ = f"SELECT {_ZONE.columns} FROM zone WHERE zone_id = $1"
_LOCK = f"{_READ} FOR UPDATE"
_SAVE = f"UPDATE zone SET {_ZONE.parameter_assignments} WHERE zone_id = $1"
_CODE_TAKEN = "SELECT EXISTS (SELECT FROM zone WHERE code = $1 AND zone_id <> $2)"


async def insert(tx: Transaction, zone: Zone) -> bool:
    """Writes an application; false where there is one for its code."""
    return bool(await tx.fetchval(_INSERT, *_ZONE.values(zone)))


async def find(rows: Rows, zone_id: UUID) -> Zone | None:
    """An application, or None."""
    row = await rows.fetchrow(_READ, zone_id)
    return None if row is None else _ZONE.from_row(row)


async def lock(tx: Transaction, zone_id: UUID) -> Zone | None:
    """An application, locked, or None."""
    row = await tx.fetchrow(_LOCK, zone_id)
    return None if row is None else _ZONE.from_row(row)


async def save(tx: Transaction, zone: Zone) -> None:
    """Writes an application back."""
    await tx.execute(_SAVE, *_ZONE.values(zone))


async def code_taken(rows: Rows, code: str, zone_id: UUID) -> bool:
    """Whether another application has the code."""
    return bool(await rows.fetchval(_CODE_TAKEN, code, zone_id))
