"""The SQL of admissions."""

from services.registry.admissions.rules import Admission, AdmissionKind
from shared.postgres.row_mapper import RowMapper, enum
from shared.postgres.transaction import Rows, Transaction

_ADMISSION = RowMapper(
    Admission,
    {
        "kind": enum(AdmissionKind),
        "allowed": "boolean",
        "effective_from": "timestamptz",
        "set_at": "timestamptz",
        "set_by": "uuid",
    },
)
_LIST = f"SELECT {_ADMISSION.columns} FROM admission ORDER BY kind, effective_from DESC, set_at DESC"
_OF_KIND = f"SELECT {_ADMISSION.columns} FROM admission WHERE kind = $1"
_INSERT = f"INSERT INTO admission ({_ADMISSION.columns}) VALUES ({_ADMISSION.parameters})"


async def listed(rows: Rows) -> list[Admission]:
    """All decisions, by kind, the latest first."""
    return [_ADMISSION.from_row(row) for row in await rows.fetch(_LIST)]


async def of_kind(rows: Rows, kind: AdmissionKind) -> list[Admission]:
    """All decisions about a kind."""
    return [_ADMISSION.from_row(row) for row in await rows.fetch(_OF_KIND, kind)]


async def insert(tx: Transaction, one: Admission) -> None:
    """Writes a decision; none is ever changed."""
    await tx.execute(_INSERT, *_ADMISSION.values(one))
