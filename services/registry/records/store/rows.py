"""The columns of a record, and the record in a row.

In a statement `KIND` stands for the kind, which names the tables.
"""

from functools import cache
from typing import Any

from services.registry import filings
from services.registry.filings import Filing
from services.registry.records.rules import CodeState, Copy, InForce, Life, Record

COLUMNS = f"""one.record_id, one.provider_id, one.version, one.event_version, one.life, one.name, one.region,
    one.numbers, one.in_force_submission, one.in_force_at, one.in_force_region, one.code, one.code_state,
    one.added_by, {", ".join(f"one.{name.strip()}" for name in filings.COLUMNS.split(","))}"""


@cache
def of_kind(statement: str, kind: str) -> str:
    """The statement on the tables of a kind."""
    return statement.replace("KIND", kind)


def record_of(row: Any) -> Record:
    """The record in a row with its `COLUMNS`."""
    in_force = None
    if row["in_force_submission"] is not None:
        in_force = InForce(row["in_force_submission"], row["in_force_at"], row["in_force_region"])
    return Record(
        record_id=row["record_id"],
        provider_id=row["provider_id"],
        added_by=row["added_by"],
        name=row["name"],
        region=row["region"],
        numbers=row["numbers"],
        version=row["version"],
        event_version=row["event_version"],
        life=Life(row["life"]),
        filing=Filing.of(row),
        in_force=in_force,
        code=row["code"],
        code_state=CodeState(row["code_state"]),
    )


def copy_of(row: Any, prefix: str = "") -> Copy | None:
    """The copy in a row; None where the row leaves it out."""
    values = row[f"{prefix}values"]
    return None if values is None else Copy(values, row[f"{prefix}attachments"])
