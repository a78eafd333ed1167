"""The SQL that finds the records that an account can submit: open, and of a provider that it maintains."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID

from services.registry.records.store.rows import of_kind
from services.registry.records.subject import Subject
from shared.postgres.transaction import Rows
from shared.security.caller import Caller

_OPEN = """
FROM KIND AS one
WHERE state IN ('draft', 'returned', 'withdrawn') AND life <> 'archived'
  AND provider_id IN (SELECT provider_id FROM maintainer WHERE account_id = $1 AND scope = $2)
  AND ($3::uuid IS NULL OR provider_id = $3) AND ($4::uuid[] IS NULL OR record_id = ANY($4))
"""
_LIST_OPEN = f"SELECT record_id {_OPEN} AND ($5::uuid IS NULL OR record_id > $5) ORDER BY record_id LIMIT $6"
_COUNT_OPEN = f"SELECT count(*) {_OPEN}"


@dataclass(frozen=True, slots=True)
class OpenRecords:
    """Which open records are meant: those of a provider, those named, or all that the account maintains."""

    provider_id: UUID | None = None
    record_ids: Sequence[UUID] | None = None

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments of a job from which `of` builds it again."""
        record_ids = None if self.record_ids is None else [str(one) for one in self.record_ids]
        return {"provider_id": self.provider_id and str(self.provider_id), "record_ids": record_ids}

    @classmethod
    def of(cls, arguments: Mapping[str, Any]) -> Self:
        """Builds it from a job's arguments."""
        provider_id, record_ids = arguments["provider_id"], arguments["record_ids"]
        return cls(provider_id and UUID(provider_id), record_ids and [UUID(one) for one in record_ids])


async def open_records(
    rows: Rows, subject: Subject, caller: Caller, wanted: OpenRecords, after: UUID | None, limit: int
) -> list[UUID]:
    """The next records that the caller can submit, in the order of their ids."""
    given = (*_given(subject, caller, wanted), after, limit)
    return [row["record_id"] for row in await rows.fetch(of_kind(_LIST_OPEN, subject.kind), *given)]


async def count_open(rows: Rows, subject: Subject, caller: Caller, wanted: OpenRecords) -> int:
    """How many records the caller can submit."""
    count: int = await rows.fetchval(of_kind(_COUNT_OPEN, subject.kind), *_given(subject, caller, wanted))
    return count


def _given(subject: Subject, caller: Caller, wanted: OpenRecords) -> tuple[Any, ...]:
    return caller.account_id, subject.scope, wanted.provider_id, wanted.record_ids
