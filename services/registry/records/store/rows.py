"""The columns of a record and of its copies, and the objects in their rows.

In a statement `KIND` stands for the kind, which names the tables.
"""

from functools import cache

from services.registry.filing_columns import FILING
from services.registry.records.rules import Archive, CodeState, Copy, InForce, Life, Record
from shared.postgres.row_mapper import Part, RowMapper, enum

IN_FORCE = RowMapper(InForce, {"submission": "integer", "at": "timestamptz", "region": "text"})
RECORD = RowMapper(
    Record,
    {
        "record_id": "uuid",
        "provider_id": "uuid",
        "code_holder_id": "uuid",
        "added_by": "uuid",
        "name": "text",
        "region": "text",
        "numbers": "jsonb",
        "version": "bigint",
        "event_version": "bigint",
        "life": enum(Life),
        "filing": Part(FILING),
        "in_force": Part(IN_FORCE, "in_force_", optional=True),
        "code": "text",
        "code_state": enum(CodeState),
    },
    key=["record_id"],
)
COPY = RowMapper(Copy, {"values": "jsonb", "attachments": "jsonb"})
ARCHIVE = RowMapper(Archive, {"at": "timestamptz", "reason": "text", "unit_name": "text"})
# The archive of a provider is that of its records from the same instant on, while a job writes it into each.
JOIN_ARCHIVE = "LEFT JOIN archived_provider AS archived ON archived.provider_id = one.provider_id"
LIFE = "CASE WHEN archived.provider_id IS NULL THEN one.life ELSE 'archived' END AS life"


@cache
def of_kind(statement: str, kind: str) -> str:
    """The statement on the tables of a kind."""
    return statement.replace("KIND", kind)
