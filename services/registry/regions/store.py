"""Every SQL statement about regions."""

from collections.abc import Sequence

from services.registry.regions.rules import Region
from shared.identifiers.regions import Level
from shared.postgres.row_mapper import RowMapper, enum
from shared.postgres.transaction import Rows, Transaction

_REGION = RowMapper(
    Region,
    {"code": "text", "name": "text", "level": enum(Level), "parent": "text", "insurance_only": "boolean"},
    key=["code"],
)
_LOCK_EDITION = "SELECT pg_advisory_xact_lock(hashtext('registry region edition'))"
_LAST_EDITION = "SELECT checksum FROM region_edition ORDER BY loaded_at DESC LIMIT 1"
_KEEP_EDITION = """
INSERT INTO region_edition (checksum, loaded_at) VALUES ($1, $2)
ON CONFLICT (checksum) DO UPDATE SET loaded_at = excluded.loaded_at
"""
_WRITE = f"""
INSERT INTO region ({_REGION.columns})
SELECT {_REGION.columns} FROM {_REGION.rows}
ON CONFLICT (code) DO UPDATE SET {_REGION.assignments("excluded")}, retired = false, zone = false
"""
# A zone is in no edition.
_RETIRE_OTHERS = "UPDATE region SET retired = true WHERE NOT retired AND NOT zone AND code <> ALL($1::text[])"
_ADD_ZONE = f"""
INSERT INTO region ({_REGION.columns}, zone) VALUES ({_REGION.parameters}, true)
ON CONFLICT (code) DO UPDATE SET {_REGION.assignments("excluded")}, zone = true, retired = false
WHERE region.retired
"""

_FIND = f"SELECT {_REGION.columns} FROM region WHERE code = $1 AND NOT retired"
_PROVINCES = f"""
SELECT {_REGION.columns} FROM region WHERE parent IS NULL AND level = 'province' AND NOT retired ORDER BY code
"""
_CHILDREN = f"SELECT {_REGION.columns} FROM region WHERE parent = $1 AND NOT retired ORDER BY code"
_FULL_NAME = """
WITH RECURSIVE upward AS (
    SELECT name, parent, insurance_only, 1 AS step FROM region WHERE code = $1
    UNION ALL
    SELECT region.name, region.parent, false, step + 1 FROM upward JOIN region ON region.code = upward.parent
    WHERE NOT upward.insurance_only
)
SELECT string_agg(name, '' ORDER BY step DESC) FROM upward
"""


async def has_edition(tx: Transaction, checksum: str) -> bool:
    """Whether this edition is the one in the table; others who ask wait until this transaction has ended."""
    await tx.execute(_LOCK_EDITION)
    return bool(await tx.fetchval(_LAST_EDITION) == checksum)


async def keep_edition(tx: Transaction, checksum: str) -> None:
    """Notes which edition is in the table now."""
    await tx.execute(_KEEP_EDITION, checksum, tx.now)


async def replace(tx: Transaction, regions: Sequence[Region]) -> None:
    """Writes all regions; those that are in the table alone are retired, never deleted."""
    await tx.execute(_WRITE, *_REGION.arrays(regions))
    await tx.execute(_RETIRE_OTHERS, [one.code for one in regions])


async def add_zone(tx: Transaction, region: Region) -> None:
    """Adds a development zone as a region; a region that has the code by now stays as it is."""
    await tx.execute(_ADD_ZONE, *_REGION.values(region))


async def find(rows: Rows, code: str) -> Region | None:
    """A region that is in force, or None."""
    row = await rows.fetchrow(_FIND, code)
    return None if row is None else _REGION.from_row(row)


async def within(rows: Rows, parent: str | None) -> list[Region]:
    """The regions directly within one; the provinces where none is named."""
    found = await (rows.fetch(_PROVINCES) if parent is None else rows.fetch(_CHILDREN, parent))
    return [_REGION.from_row(row) for row in found]


async def full_name(rows: Rows, code: str) -> str:
    """A region's name from the province down, such as 湖南省湘潭市雨湖区; the code itself where it is unknown."""
    name: str | None = await rows.fetchval(_FULL_NAME, code)
    return name or code
