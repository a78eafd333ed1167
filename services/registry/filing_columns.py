"""The columns in which accounts, authorisations and records keep the state of their submission."""

from services.registry.filings import Filing, FilingState
from shared.identifiers.regions import Level
from shared.postgres.row_mapper import RowMapper, enum

FILING = RowMapper(
    Filing,
    {
        "state": enum(FilingState),
        "submission": "integer",
        "decided": "boolean",
        "case_version": "bigint",
        "level": enum(Level),
        "unit_name": "text",
        "since": "timestamptz",
    },
)
