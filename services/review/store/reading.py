"""Reads cases: one with its filing and time line, a unit's lists page by page, its counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from services.review.rules.case import Filing, Step
from services.review.rules.counts import Tally
from services.review.store.rows import COUNTS, FILING, TIME_LINE
from services.review.store.visibility import SEEN, Visibility
from shared.postgres.transaction import Rows
from shared.search.index import matches
from shared.search.text import grams_of, terms_of

_FIND = f"SELECT case_id FROM review_case AS c WHERE c.case_id = $1 AND {SEEN}"
_FIND_BY_SUBJECT = f"""
SELECT case_id FROM review_case AS c WHERE c.subject_id = $1 AND {SEEN} ORDER BY c.since DESC LIMIT 1
"""
_FILINGS = f"""
SELECT {FILING.columns} FROM filing WHERE case_id = $1 AND submission = ANY($2::int[])
"""
_STEPS = f"SELECT {TIME_LINE.columns} FROM step WHERE case_id = $1 AND version <= $2 ORDER BY version"
_LAST_STEP = f"SELECT {TIME_LINE.columns} FROM step WHERE case_id = $1 ORDER BY version DESC LIMIT 1"
_COUNTS = """
SELECT kind, sum(received)::bigint AS received, sum(to_do)::bigint AS to_do, sum(reported)::bigint AS reported,
       sum(returned)::bigint AS returned, sum(finished)::bigint AS finished
FROM tally WHERE unit_id = $1 GROUP BY kind
"""
_TO_DO = """
SELECT s.case_id FROM standing AS s JOIN review_case AS c USING (case_id)
WHERE s.unit_id = $1 AND s.state = 'to_do' AND s.since <= $2 AND ($3::text IS NULL OR s.kind = $3)
  AND ($4::uuid IS NULL OR c.parent_id = $4) AND s.case_id > $5
ORDER BY s.case_id LIMIT $6
"""
_LIST = """
SELECT c.case_id, c.version, c.kind, c.subject_id, c.title, c.region, holder.seat, c.submission,
       s.state, s.finished, s.since, c.return_requested_at IS NOT NULL AS return_requested
FROM standing AS s
JOIN review_case AS c USING (case_id)
JOIN unit AS holder ON holder.unit_id = c.unit_id
WHERE {conditions}
ORDER BY s.since, s.case_id LIMIT {limit}
"""


@dataclass(frozen=True, slots=True)
class ToDo:
    """The filter of cases that are decided together: received before a time, of a kind, of a parent."""

    before: datetime
    kind: str | None
    parent_id: UUID | None

    @classmethod
    def of(cls, arguments: Mapping[str, Any]) -> Self:
        """Builds the filter from a job's arguments."""
        parent_id = arguments["parent_id"] and UUID(arguments["parent_id"])
        return cls(datetime.fromisoformat(arguments["before"]), arguments["kind"], parent_id)


@dataclass(frozen=True, slots=True)
class Query:
    """The filter of a unit's list; `state` None requests the finished cases."""

    unit_id: UUID
    state: str | None
    kind: str | None
    before: datetime | None
    text: str
    after: tuple[datetime, UUID] | None
    limit: int


async def find(rows: Rows, case_id: UUID, visibility: Visibility) -> UUID | None:
    """Returns the case if the caller may see it."""
    found: UUID | None = await rows.fetchval(_FIND, case_id, *visibility.parameters)
    return found


async def find_by_subject(rows: Rows, subject_id: UUID, visibility: Visibility) -> UUID | None:
    """Returns the case of a subject if the caller may see it."""
    found: UUID | None = await rows.fetchval(_FIND_BY_SUBJECT, subject_id, *visibility.parameters)
    return found


async def filings(rows: Rows, case_id: UUID, submissions: Sequence[int]) -> dict[int, Filing]:
    """Returns the filings of these rounds, by their numbers."""
    return {
        row["submission"]: FILING.from_row(row) for row in await rows.fetch(_FILINGS, case_id, list(submissions))
    }


async def to_do(rows: Rows, unit_id: UUID, wanted: ToDo, after: UUID, at_most: int) -> list[UUID]:
    """Returns cases that a unit has to do, received before a time, in the order of their ids."""
    found = await rows.fetch(_TO_DO, unit_id, wanted.before, wanted.kind, wanted.parent_id, after, at_most)
    return [row["case_id"] for row in found]


async def steps(rows: Rows, case_id: UUID, version: int) -> list[Step]:
    """Returns the time line through all rounds, up to the step that led to this version."""
    return [TIME_LINE.from_row(row) for row in await rows.fetch(_STEPS, case_id, version)]


async def last_step(rows: Rows, case_id: UUID) -> Step:
    """Returns the step that led to the current version."""
    return TIME_LINE.from_row(await rows.fetchrow(_LAST_STEP, case_id))


async def counts(rows: Rows, unit_id: UUID) -> dict[str, Tally]:
    """Returns a unit's counts by kind, summed over the shards."""
    found = await rows.fetch(_COUNTS, unit_id)
    return {row["kind"]: COUNTS.from_row(row) for row in found}


async def page(rows: Rows, wanted: Query) -> Sequence[Any]:
    """Returns one page of a unit's cases, the oldest first."""
    statement, parameters = list_statement(wanted)
    return await rows.fetch(statement, *parameters)


def list_statement(wanted: Query) -> tuple[str, list[Any]]:
    """Builds the statement for the given filters only, so that each uses its own index."""
    parameters: list[Any] = []

    def given(value: Any) -> str:
        parameters.append(value)
        return f"${len(parameters)}"

    conditions = [f"s.unit_id = {given(wanted.unit_id)}"]
    conditions.append("s.finished" if wanted.state is None else f"s.state = {given(wanted.state)}")
    if wanted.kind is not None:
        conditions.append(f"s.kind = {given(wanted.kind)}")
    if wanted.before is not None:
        conditions.append(f"s.since <= {given(wanted.before)}")
    if terms := terms_of(wanted.text):
        # The index has single characters too: a unit's lists are short enough to be searched by one.
        grams = sorted({gram for term in terms for gram in grams_of(term) or [term]})
        conditions.append(matches(given(grams), given(terms), "c."))
    if wanted.after is not None:
        since, case_id = wanted.after
        conditions.append(f"(s.since, s.case_id) > ({given(since)}, {given(case_id)})")
    return _LIST.format(conditions=" AND ".join(conditions), limit=given(wanted.limit)), parameters
