"""Locks and saves cases.

The lock is a separate statement: rows joined to a locked row may be older than what the lock has waited for, so
the following statement reads what belongs to a case.
"""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from services.review.rules.case import Case, Change
from services.review.rules.counts import differences
from services.review.rules.life_cycle import unfiled
from services.review.rules.route import Unit
from services.review.store.rows import (
    CASE,
    FILED,
    STATUS,
    STEP,
    SUBJECT,
    TALLY,
    UNIT,
    CaseFiled,
    CaseStatus,
    OfSubject,
    UnitTally,
)
from services.review.store.visibility import SEEN, Visibility
from shared.contracts.registry.events import RecordClosed, SubmissionFiled, SubmissionWithdrawn
from shared.ids import new_id
from shared.postgres.transaction import Rows, Transaction

_CLAIM = f"""
INSERT INTO review_case ({CASE.columns})
SELECT {CASE.columns} FROM {CASE.rows} ORDER BY subject_id, kind
ON CONFLICT (subject_id, kind) DO NOTHING
"""
_LOCK_SUBJECTS = f"""
SELECT case_id FROM review_case
WHERE (subject_id, kind) IN (SELECT {SUBJECT.columns} FROM {SUBJECT.rows}) ORDER BY subject_id, kind FOR UPDATE
"""
_LOCK_CASES = f"""
SELECT case_id FROM review_case AS c WHERE c.case_id = ANY($1::uuid[]) AND {SEEN}
ORDER BY subject_id, kind FOR UPDATE
"""
_LOCK_IDS = """
SELECT FROM review_case WHERE case_id = ANY($1::uuid[]) ORDER BY subject_id, kind FOR UPDATE
"""
_OF_SUBJECTS = "SELECT case_id FROM review_case WHERE subject_id = ANY($1::uuid[])"

_LOAD = f"""
SELECT {CASE.of("c")}, {UNIT.of("u", "unit_")},
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

_CHANGING = CASE.only(
    *(
        "case_id",
        "version",
        "submission",
        "title",
        "searched",
        "region",
        "nation_only",
        "stage",
        "unit_id",
        "since",
    ),
    *("filed_by", "filed_by_name", "return_requested_at", "parent_id", "approved_submission"),
)
_SAVE_CASES = f"""
UPDATE review_case AS c SET {_CHANGING.assignments("new")} FROM {_CHANGING.rows} WHERE c.case_id = new.case_id
"""
_SAVE_STEPS = f"INSERT INTO step ({STEP.columns}) SELECT {STEP.columns} FROM {STEP.rows}"
_SAVE_UNIT_STATUSES = f"""
INSERT INTO standing ({STATUS.columns}) SELECT {STATUS.columns} FROM {STATUS.rows}
ON CONFLICT (case_id, unit_id) DO UPDATE SET {STATUS.assignments("excluded", "state", "since", "finished")}
"""
_STATUS_KEY = STATUS.only("case_id", "unit_id")
_DROP_UNIT_STATUSES = f"""
DELETE FROM standing WHERE (case_id, unit_id) IN (SELECT {_STATUS_KEY.columns} FROM {_STATUS_KEY.rows})
"""
_ADD_TO_TALLIES = f"""
INSERT INTO tally AS kept ({TALLY.columns}) SELECT {TALLY.columns} FROM {TALLY.rows}
ORDER BY unit_id, kind, shard
ON CONFLICT (unit_id, kind, shard) DO UPDATE SET
    received = kept.received + excluded.received, to_do = kept.to_do + excluded.to_do,
    reported = kept.reported + excluded.reported, returned = kept.returned + excluded.returned,
    finished = kept.finished + excluded.finished
"""
_SAVE_FILINGS = f"INSERT INTO filing ({FILED.columns}) SELECT {FILED.columns} FROM {FILED.rows}"


async def lock_filed(tx: Transaction, filings: Sequence[tuple[SubmissionFiled, Unit]]) -> list[Case]:
    """Locks the cases of these filings; creates new ones (version 0) at the unit given with each."""
    new = [unfiled(new_id(), filing, unit, tx.now) for filing, unit in filings]
    await tx.execute(_CLAIM, *CASE.arrays(new))
    return await _lock_subjects(tx, [filing for filing, _ in filings])


async def lock(tx: Transaction, case_id: UUID, visibility: Visibility) -> Case | None:
    """Locks a case that the caller may see."""
    return next(iter(await lock_many(tx, [case_id], visibility)), None)


async def lock_many(tx: Transaction, case_ids: Sequence[UUID], visibility: Visibility) -> list[Case]:
    """Locks those of the cases that the caller may see, in the order that all transactions use."""
    locked = await tx.fetch(_LOCK_CASES, case_ids, *visibility.parameters)
    return await load(tx, [row["case_id"] for row in locked])


async def lock_withdrawn(tx: Transaction, withdrawals: Sequence[SubmissionWithdrawn]) -> list[Case]:
    """Locks the cases of these withdrawals."""
    return await _lock_subjects(tx, withdrawals)


async def lock_subjects(tx: Transaction, closed: Sequence[RecordClosed]) -> list[Case]:
    """Locks the cases of these subjects."""
    return await _lock_subjects(tx, closed)


async def lock_ids(tx: Transaction, case_ids: Sequence[UUID]) -> list[Case]:
    """Locks these cases."""
    await tx.execute(_LOCK_IDS, case_ids)
    return await load(tx, case_ids)


async def of_subjects(rows: Rows, subject_ids: Sequence[UUID]) -> dict[UUID, Case]:
    """Returns the cases of these subjects."""
    if not subject_ids:
        return {}
    found = await rows.fetch(_OF_SUBJECTS, list(subject_ids))
    return {case.subject_id: case for case in await load(rows, [row["case_id"] for row in found])}


async def load(rows: Rows, case_ids: Sequence[UUID]) -> list[Case]:
    """Returns cases with their states at all units."""
    return [CASE.from_row(row) for row in await rows.fetch(_LOAD, case_ids)]


async def save(tx: Transaction, changes: Sequence[Change]) -> None:
    """Saves changes: cases, steps, unit states and, last, the contended tallies."""
    await tx.execute(_SAVE_CASES, *_CHANGING.arrays([one.after for one in changes]))
    await tx.execute(_SAVE_STEPS, *STEP.arrays(changes))
    await _save_unit_statuses(tx, changes)
    if tallies := [UnitTally(*one) for one in differences(changes).items()]:
        await tx.execute(_ADD_TO_TALLIES, *TALLY.arrays(tallies))


async def save_filings(tx: Transaction, filings: Mapping[UUID, SubmissionFiled]) -> None:
    """Saves filings, by case."""
    await tx.execute(_SAVE_FILINGS, *FILED.arrays([CaseFiled(*one) for one in filings.items()]))


async def _lock_subjects(tx: Transaction, submissions: Sequence[OfSubject]) -> list[Case]:
    locked = await tx.fetch(_LOCK_SUBJECTS, *SUBJECT.arrays(submissions))
    return await load(tx, [row["case_id"] for row in locked])


async def _save_unit_statuses(tx: Transaction, changes: Iterable[Change]) -> None:
    changed, dropped = [], []
    for change in changes:
        case, before = change.after, {one.unit.unit_id: one for one in change.before.unit_statuses}
        now = {one.unit.unit_id: one for one in case.unit_statuses}
        changed += [CaseStatus(case, one) for unit_id, one in now.items() if before.get(unit_id) != one]
        dropped += [CaseStatus(case, before[unit_id]) for unit_id in before.keys() - now.keys()]
    if changed:
        await tx.execute(_SAVE_UNIT_STATUSES, *STATUS.arrays(changed))
    if dropped:
        await tx.execute(_DROP_UNIT_STATUSES, *_STATUS_KEY.arrays(dropped))
