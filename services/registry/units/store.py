"""Every SQL statement about units."""

from uuid import UUID

from services.registry.units.rules import Unit
from shared.identifiers.regions import Level
from shared.postgres.row_mapper import RowMapper, enum
from shared.postgres.transaction import Rows, Transaction
from shared.search.index import contains
from shared.search.text import searched_form, terms_of

_UNIT = RowMapper(
    Unit,
    {
        "unit_id": "uuid",
        "version": "bigint",
        "region": "text",
        "name": "text",
        "level": enum(Level),
        "uscc": "text",
    },
)
_INSERT = f"""
INSERT INTO unit ({_UNIT.columns}, searched, registered_at)
VALUES ({_UNIT.parameters}, {_UNIT.parameter(1)}, {_UNIT.parameter(2)})
ON CONFLICT (region) DO NOTHING RETURNING true
"""
_FIND = f"SELECT {_UNIT.columns} FROM unit WHERE unit_id = $1"
_OF_REGION = f"SELECT {_UNIT.columns} FROM unit WHERE region = $1"
# Some 3,500 units at most: the words of a query are looked for in each of them.
_PAGE = f"""
SELECT {_UNIT.columns} FROM unit
WHERE region BETWEEN $1 AND $2 AND region > $3 AND {contains("$4")}
ORDER BY region LIMIT $5
"""


async def insert(tx: Transaction, unit: Unit) -> bool:
    """Writes a new unit; False where its region has one, also one written in the same instant."""
    return bool(await tx.fetchval(_INSERT, *_UNIT.values(unit), searched_form(unit.name), tx.now))


async def find(rows: Rows, unit_id: UUID) -> Unit | None:
    """A unit, or None."""
    row = await rows.fetchrow(_FIND, unit_id)
    return None if row is None else _UNIT.from_row(row)


async def of_region(rows: Rows, region: str) -> Unit | None:
    """The unit of a region, or None."""
    row = await rows.fetchrow(_OF_REGION, region)
    return None if row is None else _UNIT.from_row(row)


async def page(rows: Rows, span: tuple[str, str], words: str, after: str, count: int) -> list[Unit]:
    """Units within a span of regions whose name contains all words, in the order of their regions."""
    return [_UNIT.from_row(row) for row in await rows.fetch(_PAGE, *span, after, terms_of(words), count)]
