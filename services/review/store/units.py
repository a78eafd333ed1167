"""The SQL of units."""

from collections.abc import Iterable

from services.review.rules.route import Unit
from services.review.store.rows import UNIT
from shared.postgres.transaction import Rows, Transaction

_SAVE = f"""
INSERT INTO unit ({UNIT.columns}, version) VALUES ({UNIT.parameters}, {UNIT.parameter(1)})
ON CONFLICT (unit_id) DO UPDATE SET {UNIT.assignments("excluded")}, version = excluded.version
WHERE unit.version < excluded.version
"""
_AT_SEATS = f"SELECT {UNIT.columns} FROM unit WHERE seat = ANY($1::text[])"


async def save(tx: Transaction, unit: Unit, version: int) -> None:
    """Saves a unit, unless a newer version is stored."""
    await tx.execute(_SAVE, *UNIT.values(unit), version)


async def at_seats(rows: Rows, seats: Iterable[str]) -> dict[str, Unit]:
    """Returns the registered units at these seats."""
    found = await rows.fetch(_AT_SEATS, sorted(set(seats)))
    return {row["seat"]: UNIT.from_row(row) for row in found}
