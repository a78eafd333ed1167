"""The SQL of units."""

from collections.abc import Iterable

from services.review.rules.route import Unit
from shared.postgres.transaction import Rows, Transaction

_SAVE = """
INSERT INTO unit (unit_id, version, seat, name) VALUES ($1, $2, $3, $4)
ON CONFLICT (unit_id) DO UPDATE SET version = excluded.version, seat = excluded.seat, name = excluded.name
WHERE unit.version < excluded.version
"""
_AT_SEATS = "SELECT unit_id, seat, name FROM unit WHERE seat = ANY($1::text[])"


async def save(tx: Transaction, unit: Unit, version: int) -> None:
    """Saves a unit, unless a newer version is stored."""
    await tx.execute(_SAVE, unit.unit_id, version, unit.seat, unit.name)


async def at_seats(rows: Rows, seats: Iterable[str]) -> dict[str, Unit]:
    """Returns the registered units at these seats."""
    found = await rows.fetch(_AT_SEATS, sorted(set(seats)))
    return {row["seat"]: Unit(**row) for row in found}
