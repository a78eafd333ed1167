"""The SQL of admissions."""

from typing import Any

from services.registry.admissions.rules import Admission, AdmissionKind
from shared.postgres.transaction import Rows, Transaction

_LIST = """
SELECT kind, allowed, effective_from, set_at, set_by FROM admission ORDER BY kind, effective_from DESC, set_at DESC
"""
_OF_KIND = "SELECT kind, allowed, effective_from, set_at, set_by FROM admission WHERE kind = $1"
_INSERT = "INSERT INTO admission (kind, allowed, effective_from, set_at, set_by) VALUES ($1, $2, $3, $4, $5)"


async def listed(rows: Rows) -> list[Admission]:
    """All decisions, by kind, the latest first."""
    return [_admission(row) for row in await rows.fetch(_LIST)]


async def of_kind(rows: Rows, kind: AdmissionKind) -> list[Admission]:
    """All decisions about a kind."""
    return [_admission(row) for row in await rows.fetch(_OF_KIND, kind)]


async def insert(tx: Transaction, one: Admission) -> None:
    """Writes a decision; none is ever changed."""
    await tx.execute(_INSERT, one.kind, one.allowed, one.effective_from, one.set_at, one.set_by)


def _admission(row: Any) -> Admission:
    return Admission(**{**row, "kind": AdmissionKind(row["kind"])})
