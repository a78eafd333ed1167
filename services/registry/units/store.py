"""Every SQL statement about units."""

from dataclasses import astuple
from typing import Any
from uuid import UUID

from services.registry.units.rules import Unit
from shared.identifiers.regions import Level
from shared.postgres.transaction import Rows, Transaction

_COLUMNS = "unit_id, version, region, name, level, uscc"
_INSERT = f"""
INSERT INTO unit ({_COLUMNS}, registered_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (region) DO NOTHING RETURNING true
"""
_FIND = f"SELECT {_COLUMNS} FROM unit WHERE unit_id = $1"
_OF_REGION = f"SELECT {_COLUMNS} FROM unit WHERE region = $1"
# Some 3,500 units at most: a part of a name is looked for in each of them.
_PAGE = f"""
SELECT {_COLUMNS} FROM unit
WHERE region BETWEEN $1 AND $2 AND region > $3 AND strpos(name, $4) > 0
ORDER BY region LIMIT $5
"""


async def insert(tx: Transaction, unit: Unit) -> bool:
    """Writes a new unit; False where its region has one, also one written in the same instant."""
    return bool(await tx.fetchval(_INSERT, *astuple(unit), tx.now))


async def find(rows: Rows, unit_id: UUID) -> Unit | None:
    """A unit, or None."""
    row = await rows.fetchrow(_FIND, unit_id)
    return None if row is None else _unit(row)


async def of_region(rows: Rows, region: str) -> Unit | None:
    """The unit of a region, or None."""
    row = await rows.fetchrow(_OF_REGION, region)
    return None if row is None else _unit(row)


async def page(rows: Rows, span: tuple[str, str], name: str, after: str, count: int) -> list[Unit]:
    """Units within a span of regions whose name contains the text, in the order of their regions."""
    return [_unit(row) for row in await rows.fetch(_PAGE, *span, after, name, count)]


def _unit(row: Any) -> Unit:
    return Unit(row["unit_id"], row["version"], row["region"], row["name"], Level(row["level"]), row["uscc"])
