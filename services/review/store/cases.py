"""Locks and saves cases.

The lock is a separate statement: rows joined to a locked row may be older than what the lock has waited for, so
the following statement reads what belongs to a case.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson

from services.review.rules.cases import Case, Change, Stage, State, UnitStatus
from services.review.rules.counts import differences
from services.review.rules.route import Unit, is_nation_only
from services.review.store.visibility import SEEN, Visibility
from shared.contracts.registry.events import SubmissionFiled, SubmissionWithdrawn
from shared.ids import new_id
from shared.postgres.transaction import Rows, Transaction
from shared.search.text import searched_form

NOT_FILED = -1

_CLAIM = """
INSERT INTO review_case (case_id, kind, subject_id, version, submission, title, searched, region, nation_only,
                         stage, unit_id, since, filed_by, filed_by_name)
SELECT case_id, kind, subject_id, 0, $10, title, '', region, nation_only, 'under_review', unit_id, $11,
       filed_by, filed_by_name
FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::boolean[], $7::uuid[], $8::uuid[],
            $9::text[])
     AS new (case_id, kind, subject_id, title, region, nation_only, unit_id, filed_by, filed_by_name)
ORDER BY subject_id, kind
ON CONFLICT (subject_id, kind) DO NOTHING
"""
_LOCK_SUBJECTS = """
SELECT case_id FROM review_case
WHERE (subject_id, kind) IN (SELECT * FROM unnest($1::uuid[], $2::text[])) ORDER BY subject_id, kind FOR UPDATE
"""
_LOCK_CASES = f"""
SELECT case_id FROM review_case AS c WHERE c.case_id = ANY($1::uuid[]) AND {SEEN}
ORDER BY subject_id, kind FOR UPDATE
"""
_OF_SUBJECTS = "SELECT case_id FROM review_case WHERE subject_id = ANY($1::uuid[])"

_LOAD = """
SELECT c.case_id, c.kind, c.subject_id, c.version, c.submission, c.title, c.region, c.stage,
       c.since, c.filed_by, c.filed_by_name, c.return_requested_at, c.parent_id, c.approved_submission,
       u.unit_id, u.seat, u.name,
       jsonb_path_query_array(f.values, '$.keyvalue().key')
           || jsonb_path_query_array(f.attachments, '$[*].field') AS field_names,
       s.units, s.seats, s.names, s.states, s.sinces, s.finished
FROM review_case AS c
JOIN unit AS u ON u.unit_id = c.unit_id
LEFT JOIN filing AS f ON f.case_id = c.case_id AND f.submission = c.submission
CROSS JOIN LATERAL (
    SELECT array_agg(one.unit_id) AS units, array_agg(at.seat) AS seats, array_agg(at.name) AS names,
           array_agg(state) AS states, array_agg(since) AS sinces, array_agg(finished) AS finished
    FROM standing AS one JOIN unit AS at ON at.unit_id = one.unit_id WHERE one.case_id = c.case_id
) AS s
WHERE c.case_id = ANY($1::uuid[])
"""

_SAVE_CASES = """
UPDATE review_case AS c SET
    version = new.version, submission = new.submission, title = new.title, searched = new.searched,
    region = new.region, nation_only = new.nation_only, stage = new.stage, unit_id = new.unit_id,
    since = new.since, filed_by = new.filed_by, filed_by_name = new.filed_by_name,
    return_requested_at = new.return_requested_at, parent_id = new.parent_id,
    approved_submission = new.approved_submission
FROM unnest($1::uuid[], $2::bigint[], $3::int[], $4::text[], $5::text[], $6::text[], $7::boolean[], $8::text[],
            $9::uuid[], $10::timestamptz[], $11::uuid[], $12::text[], $13::timestamptz[], $14::uuid[], $15::int[])
     AS new (case_id, version, submission, title, searched, region, nation_only, stage, unit_id, since,
             filed_by, filed_by_name, return_requested_at, parent_id, approved_submission)
WHERE c.case_id = new.case_id
"""
_SAVE_STEPS = """
INSERT INTO step (case_id, version, submission, at, what, unit_id, unit_name, level, by_id, by_name, note, reasons)
SELECT case_id, version, submission, at, what, unit_id, unit_name, level, by_id, by_name, note, reasons::jsonb
FROM unnest($1::uuid[], $2::bigint[], $3::int[], $4::timestamptz[], $5::text[], $6::uuid[], $7::text[],
            $8::text[], $9::uuid[], $10::text[], $11::text[], $12::text[])
     AS new (case_id, version, submission, at, what, unit_id, unit_name, level, by_id, by_name, note, reasons)
"""
_SAVE_UNIT_STATUSES = """
INSERT INTO standing (case_id, unit_id, kind, state, since, finished)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::timestamptz[], $6::boolean[])
ON CONFLICT (case_id, unit_id) DO UPDATE SET
    state = excluded.state, since = excluded.since, finished = excluded.finished
"""
_DROP_UNIT_STATUSES = """
DELETE FROM standing WHERE (case_id, unit_id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))
"""
_ADD_TO_TALLIES = """
INSERT INTO tally AS kept (unit_id, kind, shard, received, to_do, reported, returned, finished)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::smallint[], $4::bigint[], $5::bigint[], $6::bigint[],
                     $7::bigint[], $8::bigint[])
ORDER BY 1, 2, 3
ON CONFLICT (unit_id, kind, shard) DO UPDATE SET
    received = kept.received + excluded.received, to_do = kept.to_do + excluded.to_do,
    reported = kept.reported + excluded.reported, returned = kept.returned + excluded.returned,
    finished = kept.finished + excluded.finished
"""
_SAVE_FILINGS = """
INSERT INTO filing (case_id, submission, filed_at, form_edition, values, attachments)
SELECT case_id, submission, filed_at, form_edition, values::jsonb, attachments::jsonb
FROM unnest($1::uuid[], $2::int[], $3::timestamptz[], $4::text[], $5::text[], $6::text[])
     AS new (case_id, submission, filed_at, form_edition, values, attachments)
"""


async def lock_filed(tx: Transaction, filings: Sequence[tuple[SubmissionFiled, Unit]]) -> list[Case]:
    """Locks the cases of these filings; creates new ones (version 0) at the unit given with each."""
    new = [
        (
            new_id(),
            one.kind,
            one.subject_id,
            one.title,
            one.region,
            is_nation_only(one.kind),
            unit.unit_id,
            one.filed_by,
            one.filed_by_name,
        )
        for one, unit in filings
    ]
    await tx.execute(_CLAIM, *_columns(new), NOT_FILED, tx.now)
    subjects = [(one.subject_id, one.kind) for one, _ in filings]
    locked = await tx.fetch(_LOCK_SUBJECTS, *_columns(subjects))
    return await load(tx, [row["case_id"] for row in locked])


async def lock(tx: Transaction, case_id: UUID, visibility: Visibility) -> Case | None:
    """Locks a case that the caller may see."""
    return next(iter(await lock_many(tx, [case_id], visibility)), None)


async def lock_many(tx: Transaction, case_ids: Sequence[UUID], visibility: Visibility) -> list[Case]:
    """Locks those of the cases that the caller may see, in the order that all transactions use."""
    locked = await tx.fetch(_LOCK_CASES, case_ids, *visibility.parameters)
    return await load(tx, [row["case_id"] for row in locked])


async def lock_withdrawn(tx: Transaction, withdrawals: Sequence[SubmissionWithdrawn]) -> list[Case]:
    """Locks the cases of these withdrawals."""
    subjects = [(one.subject_id, one.kind) for one in withdrawals]
    locked = await tx.fetch(_LOCK_SUBJECTS, *_columns(subjects))
    return await load(tx, [row["case_id"] for row in locked])


async def of_subjects(rows: Rows, subject_ids: Sequence[UUID]) -> dict[UUID, Case]:
    """Returns the cases of these subjects."""
    if not subject_ids:
        return {}
    found = await rows.fetch(_OF_SUBJECTS, list(subject_ids))
    return {case.subject_id: case for case in await load(rows, [row["case_id"] for row in found])}


async def load(rows: Rows, case_ids: Sequence[UUID]) -> list[Case]:
    """Returns cases with their states at all units."""
    return [_case(row) for row in await rows.fetch(_LOAD, case_ids)]


async def save(tx: Transaction, changes: Sequence[Change]) -> None:
    """Saves changes: cases, steps, unit states and, last, the contended tallies."""
    await tx.execute(_SAVE_CASES, *_columns([_case_row(one.after) for one in changes]))
    await tx.execute(_SAVE_STEPS, *_columns([_step_row(one) for one in changes]))
    await _save_unit_statuses(tx, changes)
    tallies = differences(changes)
    if tallies:
        rows = [
            (key.unit_id, key.kind, key.shard, one.received, one.to_do, one.reported, one.returned, one.finished)
            for key, one in tallies.items()
        ]
        await tx.execute(_ADD_TO_TALLIES, *_columns(rows))


async def save_filings(tx: Transaction, filings: Mapping[UUID, SubmissionFiled]) -> None:
    """Saves filings, by case."""
    rows = [
        (
            case_id,
            one.submission,
            one.filed_at,
            one.form_edition,
            _json(one.values),
            _json([attachment.model_dump(mode="json") for attachment in one.attachments]),
        )
        for case_id, one in filings.items()
    ]
    await tx.execute(_SAVE_FILINGS, *_columns(rows))


async def _save_unit_statuses(tx: Transaction, changes: Iterable[Change]) -> None:
    kept, dropped = [], []
    for change in changes:
        case, known = change.after, {one.unit.unit_id: one for one in change.before.unit_statuses}
        now = {one.unit.unit_id: one for one in case.unit_statuses}
        kept += [
            (case.case_id, unit_id, case.kind, one.state, one.since, one.finished)
            for unit_id, one in now.items()
            if known.get(unit_id) != one
        ]
        dropped += [(case.case_id, unit_id) for unit_id in known.keys() - now.keys()]
    if kept:
        await tx.execute(_SAVE_UNIT_STATUSES, *_columns(kept))
    if dropped:
        await tx.execute(_DROP_UNIT_STATUSES, *_columns(dropped))


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return list(zip(*rows, strict=True))


def _json(value: Any) -> str:
    """Encodes as text, since the driver would take a list in a column for a second dimension."""
    return orjson.dumps(value).decode()


def _case_row(case: Case) -> tuple[Any, ...]:
    return (
        case.case_id,
        case.version,
        case.submission,
        case.title,
        searched_form(case.title),
        case.region,
        is_nation_only(case.kind),
        case.stage,
        case.unit.unit_id,
        case.since,
        case.filed_by,
        case.filed_by_name,
        case.return_requested_at,
        case.parent_id,
        case.approved_submission,
    )


def _step_row(change: Change) -> tuple[Any, ...]:
    step = change.step
    return (
        change.after.case_id,
        step.version,
        step.submission,
        step.at,
        step.what,
        step.unit_id,
        step.unit_name,
        step.level,
        step.by_id,
        step.by_name,
        step.note,
        _json([{"field": one.field, "reason": one.reason} for one in step.reasons]),
    )


def _case(row: Any) -> Case:
    unit_statuses = zip(
        *(row[name] or () for name in ("units", "seats", "names", "states", "sinces", "finished")), strict=True
    )
    return Case(
        case_id=row["case_id"],
        kind=row["kind"],
        subject_id=row["subject_id"],
        version=row["version"],
        submission=row["submission"],
        title=row["title"],
        region=row["region"],
        stage=Stage(row["stage"]),
        unit=Unit(row["unit_id"], row["seat"], row["name"]),
        since=row["since"],
        filed_by=row["filed_by"],
        filed_by_name=row["filed_by_name"],
        return_requested_at=row["return_requested_at"],
        parent_id=row["parent_id"],
        approved_submission=row["approved_submission"],
        field_names=frozenset(row["field_names"] or ()),
        unit_statuses=tuple(
            UnitStatus(Unit(unit_id, seat, name), State(state), since, finished)
            for unit_id, seat, name, state, since, finished in unit_statuses
        ),
    )
