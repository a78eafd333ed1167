"""The SQL that concerns institutions alone."""

from shared.postgres.transaction import Rows

_POLICY = "SELECT allowed FROM institution_policy WHERE kind = $1"


async def allows(rows: Rows, kind: str) -> bool:
    """Whether the nation's unit admits a kind of institution at present."""
    return bool(await rows.fetchval(_POLICY, kind))
